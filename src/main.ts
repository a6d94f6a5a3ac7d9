import { startApp } from "./app.js";
import { loadConfig } from "./config.js";

/** The process: reads the environment, serves until it is told to stop. Exit code 1 when it can't start. */
async function main(): Promise<void> {
  // Whatever is written is the owner's alone: jobs, keys, recordings.
  process.umask(0o077);
  const config = loadConfig(process.env);
  const app = await startApp(config);
  const stop = () => {
    // Unreferenced: it keeps nothing alive that has ended.
    setTimeout(() => exit(1, "Stopping took too long."), config.shutdownGraceSeconds * 1_000).unref();
    app.close().then(
      () => process.exit(0),
      (error: Error) => exit(1, error.message),
    );
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", () => app.drain().then(stop));
  // Last: who reads this line may stop the server at once.
  console.log(`Punchin serves ${app.url}/graphql with the ${app.engine}; data in ${config.dataDir}`);
}

function exit(code: number, reason: string): never {
  console.error(reason);
  process.exit(code);
}

main().catch((error: Error) => exit(1, error.message));
