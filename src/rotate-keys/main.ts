import { pino } from "pino";
import { loadConfig } from "../config.js";
import { SigningKeys } from "../services/signing-keys.js";
import { migrate } from "../services/store/migrations.js";
import { openPostgres } from "../services/store/postgres.js";
import { openSqlite } from "../services/store/sqlite.js";

/** `npm run rotate-keys`: replaces the key that signs watch tokens; those that are out let nobody in any more. */
async function main(): Promise<void> {
  const { databaseUrl, dataDir } = loadConfig(process.env);
  const database =
    databaseUrl === null ? openSqlite(dataDir) : await openPostgres(databaseUrl, pino({ level: "warn" }));
  try {
    await migrate(database);
    await new SigningKeys(database, Date.now).replace("watch-token");
  } finally {
    await database.close();
  }
  console.log("The key for watch tokens is replaced. Tokens made before are refused from now on.");
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
