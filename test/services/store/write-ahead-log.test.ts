import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { openSqlite } from "../../../src/services/store/sqlite.js";
import { WriteAheadLog } from "../../../src/services/store/write-ahead-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

/** Everything that can happen without a turn of the event loop. */
async function withinThisTurn(): Promise<void> {
  for (let step = 0; step < 200; step++) await Promise.resolve();
}

async function openNotes() {
  const database = openSqlite(await temporaryFolder());
  onTestFinished(() => database.close());
  await database.query("CREATE TABLE note (text TEXT NOT NULL)");
  return database;
}

it.each([
  ["a statement", (database: ReturnType<typeof openSqlite>) => database.query("INSERT INTO note (text) VALUES ('a')")],
  [
    "a statement with an answer",
    (database: ReturnType<typeof openSqlite>) => database.query("INSERT INTO note (text) VALUES ('a') RETURNING text"),
  ],
  [
    "a transaction",
    (database: ReturnType<typeof openSqlite>) =>
      database.transaction((query) => query("INSERT INTO note (text) VALUES ('a')")),
  ],
])(
  "%s is done when it is on the disk, which the event loop does not wait for; so is whoever reads it",
  async (_, write) => {
    const database = await openNotes();
    const told: string[] = [];

    const written = write(database).then(() => told.push("written"));
    const read = database.query("SELECT text FROM note").then((rows) => told.push(`read ${rows.length}`));
    await withinThisTurn();

    expect(told).toEqual([]);
    await Promise.all([written, read]);
    expect(told.sort()).toEqual(["read 1", "written"]);
  },
);

it("a read waits for no disk where all is on it", async () => {
  const database = await openNotes();
  let isTold = false;

  void database.query("SELECT text FROM note").then(() => {
    isTold = true;
  });
  await withinThisTurn();

  expect(isTold).toBe(true);
});

it("what is only decided on is known before it is on the disk", async () => {
  const database = await openNotes();
  const told: string[] = [];

  const written = database.query("INSERT INTO note (text) VALUES ('a')").then(() => told.push("written"));
  void database.peek("SELECT text FROM note").then((rows) => told.push(`decided on ${rows.length}`));
  await withinThisTurn();

  expect(told).toEqual(["decided on 1"]);
  await written;
});

const NO_DISK = "/dev/null";

it.runIf(
  await access(NO_DISK, constants.W_OK).then(
    () => true,
    () => false,
  ),
)("a log that could not be synced is not trusted again", async () => {
  const log = new WriteAheadLog(NO_DISK);
  onTestFinished(() => log.close());
  await log.reachDisk();

  log.noteCommit();
  const failures = await Promise.allSettled([log.reachDisk(), log.reachDisk()]);
  log.noteCommit();
  const later = await Promise.allSettled([log.reachDisk()]);

  expect([...failures, ...later].map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
});
