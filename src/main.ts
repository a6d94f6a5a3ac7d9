import { startApp } from "./app.js";
import { loadConfig } from "./config.js";

/** The process: reads the environment, serves until it is told to stop. Exit code 1 when it can't start. */
async function main(): Promise<void> {
  // Whatever is written is the owner's alone: jobs, keys, recordings.
  process.umask(0o077);
  const config = loadConfig(process.env);
  const app = await startApp(config);
  const stop = () => {
    app.close().then(
      () => process.exit(0),
      (error: Error) => {
        console.error(error.message);
        process.exit(1);
      },
    );
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  // Last: who reads this line may stop the server at once.
  console.log(`Punchin serves ${app.url}/graphql with the ${app.engine}; data in ${config.dataDir}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
