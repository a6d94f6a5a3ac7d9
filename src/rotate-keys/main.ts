import { pino } from "pino";
import { loadConfig } from "../config.js";
import { SigningKeys } from "../services/signing-keys.js";
import { migrate } from "../services/store/migrations.js";
import { openPostgres } from "../services/store/postgres.js";
import { openSqlite } from "../services/store/sqlite.js";

/**
 * `npm run rotate-keys`: replaces the keys that sign watch tokens and the addresses of kept results. What they signed is
 * good for nothing any more; a job's output names its file's new address.
 */
async function main(): Promise<void> {
  const { databaseUrl, dataDir } = loadConfig(process.env);
  const database =
    databaseUrl === null ? openSqlite(dataDir) : await openPostgres(databaseUrl, pino({ level: "warn" }));
  try {
    await migrate(database);
    const keys = new SigningKeys(database, Date.now);
    await keys.replace("watch-token");
    await keys.replace("result-link");
  } finally {
    await database.close();
  }
  console.log(
    "The keys for watch tokens and for addresses of kept results are replaced. What was made before is refused from now on.",
  );
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
