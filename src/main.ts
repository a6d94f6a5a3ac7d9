import { type App, startApp } from "./app.js";
import { loadConfig } from "./config.js";

/** The process: reads the environment, serves until it is told to stop. Exit code 1 when it can't start. */
async function main(): Promise<void> {
  // Whatever is written is the owner's alone: jobs, keys, recordings.
  process.umask(0o077);
  const config = loadConfig(process.env);
  const starting = startApp(config);
  let app: App | undefined;
  let draining: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  const close = async () => {
    // Unreferenced: it keeps nothing alive that has ended.
    setTimeout(() => exit(1, "Stopping took too long."), config.shutdownGraceSeconds * 1_000).unref();
    await (await starting).close();
    process.exit(0);
  };
  const stop = () => {
    stopping ??= close().catch(failed);
  };
  // From the first moment on, because the first process of a container never gets a signal that it does not ask for; and
  // for good, because a signal that nobody asks for any more ends a process on the spot.
  process.on("SIGINT", stop);
  process.on("SIGTERM", () => {
    draining ??= (app?.drain() ?? Promise.resolve()).then(stop);
  });
  app = await starting;
  if (draining !== undefined || stopping !== undefined) return;
  // Last: who reads this line may stop the server at once.
  console.log(`Punchin serves ${app.url}/graphql with the ${app.engine}; data in ${config.dataDir}`);
}

function exit(code: number, reason: string): never {
  console.error(reason);
  process.exit(code);
}

function failed(error: Error): never {
  exit(1, error.message);
}

main().catch(failed);
