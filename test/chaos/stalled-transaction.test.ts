import { pino } from "pino";
import { expect, test } from "vitest";
import { openPostgres } from "../../src/services/store/postgres.js";
import { startPostgres } from "../support/postgres.js";
import { within } from "./timing.js";
import { createDatabase } from "./world.js";

test("an instance that stalls while it chooses a job to send does not keep the others from choosing", async (context) => {
  const postgres = await startPostgres();
  context.onTestFinished(() => postgres.stop());
  const url = await createDatabase(postgres.url, "stalled");
  const logger = pino({ level: "silent" });
  const stalling = await openPostgres(url, logger);
  const other = await openPostgres(url, logger);
  let wakeUp = () => {};
  const stalled = new Promise<void>((hasLock) => {
    const work = () => {
      hasLock();
      return new Promise<void>((resolve) => {
        wakeUp = resolve;
      });
    };
    stalling.withLock("dispatch", work).catch(() => {});
  });
  context.onTestFinished(async () => {
    wakeUp();
    await Promise.all([stalling.close(), other.close()]);
  });
  await stalled;
  const choosing = other.withLock("dispatch", async () => "chosen");
  expect(await within(10_000, choosing, () => "the lock is still held")).toBe("chosen");
});
