/** `npm run engine`: the embedded engine by itself, a stand-in for fal's queue that any fal client can be pointed at. */
import { pino } from "pino";
import { createEngine } from "./engine.js";
import type { EngineEnvironment } from "./engine-environment.js";
import { readEngineEnvironment } from "./engine-environment.js";

// Whatever is written is the owner's alone.
process.umask(0o077);

try {
  const environment = readEngineEnvironment(process.env);
  const { dataDir, control } = environment;
  const engine = createEngine({ dataDir, control, logger: pino({ level: "warn" }, pino.destination(2)) });
  const { url } = await engine.listen({ ...environment, queueUrl: environment.publicUrl }).catch((error: unknown) => {
    throw new Error(explain(error, environment), { cause: error });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      engine.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
  console.log(`Punchin engine at ${url}, data in ${dataDir}${control ? ", fault switches on" : ""}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

/** A start that failed, in words that say what to do. */
function explain(error: unknown, { host, port }: EngineEnvironment): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `Port ${port} on ${host} is in use. Set PORT to another one, or to 0 for any.`;
  if (code === "EACCES") return `Port ${port} on ${host} may not be listened on. Set PORT to 1024 or more.`;
  return error instanceof Error ? error.message : String(error);
}
