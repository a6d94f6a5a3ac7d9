import { describeFailure } from "./describe-failure.js";
import { runDemo } from "./run-demo.js";

/** Far more than the slowest machine needs: better an explanation than a demo that hangs. */
const LIMIT_SECONDS = 180;

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => stop.abort(new Error("It was stopped.")));
}
setTimeout(() => stop.abort(new Error(`It took more than ${LIMIT_SECONDS} s.`)), LIMIT_SECONDS * 1000).unref();

try {
  await runDemo({
    outputPath: process.argv[2] ?? "punchin-demo.wav",
    terminal: process.stdout,
    signal: stop.signal,
  });
} catch (failure) {
  console.error(`The demo failed. ${describeFailure(failure)}`);
  process.exitCode = 1;
}
