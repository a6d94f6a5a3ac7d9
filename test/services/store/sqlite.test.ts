import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { migrate } from "../../../src/services/store/migrations.js";
import { openSqlite } from "../../../src/services/store/sqlite.js";
import { openStore } from "../../support/open-store.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

async function openTable() {
  const { database } = await openStore();
  await database.query("CREATE TABLE note (text TEXT NOT NULL UNIQUE)");
  const notes = async () =>
    (await database.query<{ text: string }>("SELECT text FROM note ORDER BY rowid")).map((row) => row.text);
  const write = (text: string) => database.query("INSERT INTO note (text) VALUES ($1)", [text]);
  return { database, notes, write };
}

function failureOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("Expected a failure");
}

it("refuses a second connection to the same folder and says what to do", async () => {
  const { place: folder } = await openStore();

  const { message } = failureOf(() => openSqlite(folder));

  expect(message).toContain(`The data folder ${folder} is in use by another Punchin process.`);
  expect(message).toContain("DATA_DIR");
});

it("refuses a second process on the same folder, and lets it in once the first is gone", async () => {
  const { place: folder, close } = await openStore();
  const module = fileURLToPath(new URL("../../../dist/services/store/sqlite.js", import.meta.url));
  const program = `import { openSqlite } from ${JSON.stringify(module)};
    try { await openSqlite(process.argv[1]).close(); console.log("opened"); } catch (error) { console.log(error.message); }`;
  const openElsewhere = async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, folder]);
    onTestFinished(() => void child.kill());
    return text(child.stdout);
  };

  expect(await openElsewhere()).toContain("is in use by another Punchin process");
  await close();
  expect(await openElsewhere()).toBe("opened\n");
});

it("says which folder can't be written", async () => {
  const file = join(await temporaryFolder(), "a-file");
  await writeFile(file, "");

  const { message } = failureOf(() => openSqlite(join(file, "data")));

  expect(message).toMatch(/^The data folder .*a-file.*data can't be written \(.*ENOTDIR.*\)\. Set DATA_DIR/);
});

it.runIf(process.platform === "linux")("gives up at once where no folder can ever be made", () => {
  const { message } = failureOf(() => openSqlite("/proc/punchin/data"));

  expect(message).toMatch(/can't be written/);
});

it("says so when the database is no database", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "punchin.sqlite"), "not a database at all ".repeat(100));

  expect(failureOf(() => openSqlite(folder)).message).toContain(folder);
});

it("refuses a database that a newer version has written", async () => {
  const { place: folder, database, close } = await openStore();
  await database.query("INSERT INTO migration (version) VALUES (99)");
  await close();

  await expect(openStore(() => {}, folder)).rejects.toThrow(
    /schema version 99, this program knows \d+\. Start a newer version of Punchin/,
  );
});

it("migrates once and finds everything in place the next time", async () => {
  const { place: folder, database, close } = await openStore();
  await migrate(database);
  await database.query("CREATE TABLE mark (text TEXT)");
  await close();

  const again = await openStore(() => {}, folder);

  expect(await again.database.query("SELECT * FROM mark")).toEqual([]);
});

it("lets nothing come in between the steps of a transaction", async () => {
  const { database, notes, write } = await openTable();
  let seenMeanwhile: Promise<string[]> | undefined;

  const transaction = database.transaction(async (query) => {
    await query("INSERT INTO note (text) VALUES ($1)", ["first"]);
    seenMeanwhile = notes();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    await query("INSERT INTO note (text) VALUES ($1)", ["second"]);
  });
  const outside = write("outside");
  await Promise.all([transaction, outside]);

  expect(await seenMeanwhile).toEqual(expect.arrayContaining(["first", "second"]));
  expect(await notes()).toEqual(["first", "second", "outside"]);
});

it("runs transactions one after another, in the order they came", async () => {
  const { database, notes } = await openTable();

  await Promise.all(
    ["a", "b", "c"].map((name) =>
      database.transaction(async (query) => {
        await query("INSERT INTO note (text) VALUES ($1)", [`${name}1`]);
        await Promise.resolve();
        await query("INSERT INTO note (text) VALUES ($1)", [`${name}2`]);
      }),
    ),
  );

  expect(await notes()).toEqual(["a1", "a2", "b1", "b2", "c1", "c2"]);
});

it("rolls everything back when the work fails, by its own fault or the database's", async () => {
  const { database, notes, write } = await openTable();
  await write("kept");

  const ownFault = database.transaction(async (query) => {
    await query("INSERT INTO note (text) VALUES ($1)", ["dropped"]);
    throw new Error("changed my mind");
  });
  const databaseFault = database.transaction(async (query) => {
    await query("INSERT INTO note (text) VALUES ($1)", ["dropped too"]);
    await query("INSERT INTO note (text) VALUES ($1)", ["kept"]);
  });

  await expect(ownFault).rejects.toThrow("changed my mind");
  await expect(databaseFault).rejects.toThrow(/UNIQUE/);
  expect(await notes()).toEqual(["kept"]);
  await write("and it goes on");
  expect(await notes()).toEqual(["kept", "and it goes on"]);
});

it("keeps what was committed for the next connection", async () => {
  const { place: folder, database, close } = await openStore();
  await database.query("CREATE TABLE note (text TEXT)");
  await database.query("INSERT INTO note (text) VALUES ($1)", ["durable"]);
  await close();

  const again = await openStore(() => {}, folder);

  expect(await again.database.query("SELECT text FROM note")).toEqual([{ text: "durable" }]);
});
