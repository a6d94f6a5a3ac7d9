import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPostgres } from "../../src/services/store/postgres.js";
import { startPostgres } from "../support/postgres.js";
import { dataUri, tinyWav } from "./audio.js";
import type { Submission } from "./load.js";
import type { Program } from "./processes.js";
import type { Call, Moment, Verdict } from "./proxy.js";
import { openScene, type Scene } from "./scene.js";
import { until, within } from "./timing.js";
import { createDatabase } from "./world.js";

/** A lease of 3 s, a look at the others' every second, a look at one's own every 5 s. */
const TAKEOVER_MS = 20_000;

/** An instance that stands still past its lease, as in a long pause of its machine, while others go on. */
describe.concurrent("an instance frozen past its lease", { timeout: 180_000 }, () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  test("writes nothing more for a job that another one follows", async (context) => {
    const scene = await openScene(context, postgres.url, "frozen_follower");
    const job = scene.load.add({ cancel: null, watchers: [scene.a, scene.b] });
    const { frozen } = await freezeAt(scene, "stream", "arrived");
    await untilWatched(job, (watcher) => watcher?.status === "COMPLETED");
    const before = await eventsOf(scene, job);
    frozen.thaw();
    await untilAwake(scene, frozen);
    expect(await eventsOf(scene, job)).toEqual(before);
    await scene.expectPromisesKept();
  });

  test("tells the request id that it alone knows", async (context) => {
    const scene = await openScene(context, postgres.url, "frozen_sender");
    const job = scene.load.add({ cancel: null, watchers: [scene.a, scene.b] });
    const { frozen, rules } = await freezeAt(scene, "submit", "answered");
    rules.history = { status: 503, body: "{}" };
    await untilWatched(job, (last) => last?.job.submission === "UNCONFIRMED");
    frozen.thaw();
    await untilWatched(job, (last) => last?.status === "COMPLETED");
    await scene.expectPromisesKept();
  });

  test("sends nothing for a job that another one sent while it stored its audio", async (context) => {
    const scene = await openScene(context, postgres.url, "frozen_before_sending");
    const job = scene.load.add({ cancel: null, watchers: [scene.a, scene.b], audioUrl: dataUri(tinyWav(5)) });
    const { frozen } = await freezeAt(scene, "storage", "answered");
    await untilWatched(job, (last) => last?.status === "COMPLETED");
    frozen.thaw();
    await untilAwake(scene, frozen);
    await scene.expectPromisesKept();
  });

  test("gives back a job that was certainly refused", async (context) => {
    const scene = await openScene(context, postgres.url, "frozen_refused");
    const job = scene.load.add({ cancel: null, watchers: [scene.a, scene.b] });
    const { frozen } = await freezeAt(scene, "submit", "arrived", { status: 429, body: "{}" });
    await untilWatched(job, (last) => last?.job.submission === "UNCONFIRMED");
    frozen.thaw();
    await untilWatched(job, (last) => last?.status === "COMPLETED");
    await scene.expectPromisesKept();
  });

  test("while it chooses a job to send, does not keep the others from choosing", async (context) => {
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
});

/** Freezes the instance that first comes to a moment; its request then gets the verdict. */
async function freezeAt(
  { world, a, b }: Scene,
  call: Call,
  moment: Moment,
  verdict: Verdict = "go-on",
): Promise<{ frozen: Program; rules: Partial<Record<Call, Verdict>> }> {
  const rules: Partial<Record<Call, Verdict>> = {};
  let frozen: Program | null = null;
  const reached = new Promise<Program>((resolve) => {
    world.proxy.tap = async (passage) => {
      if (frozen || passage.call !== call || passage.moment !== moment) return rules[passage.call] ?? "go-on";
      frozen = passage.instance === a.name ? a : b;
      frozen.freeze();
      resolve(frozen);
      return verdict;
    };
  });
  return { frozen: await within(TAKEOVER_MS, reached, () => `nothing came to ${call} ${moment}`), rules };
}

type LastUpdate = Submission["watchers"][number]["last"];

async function untilWatched(job: Submission, fits: (last: LastUpdate) => boolean): Promise<void> {
  await until(
    TAKEOVER_MS,
    () => job.watchers.some(({ last }) => fits(last)),
    () => `watchers saw ${job.watchers.map(({ last }) => `${last?.status} ${last?.job.submission}`)}`,
  );
}

/** The thawed instance sends and follows a job of its own again: whatever lay in its buffers has been read by then. */
async function untilAwake({ load, world }: Scene, thawed: Program): Promise<void> {
  let isAwake = false;
  world.proxy.tap = async ({ instance, moment, call }) => {
    if (instance === thawed.name && call === "result" && moment === "passed") isAwake = true;
    return "go-on";
  };
  const isFollowing = async () => {
    if (!isAwake) await addAndWait(load);
    return isAwake;
  };
  await until(TAKEOVER_MS, isFollowing, () => `${thawed.name} does not work again`);
}

async function addAndWait(load: Scene["load"]): Promise<void> {
  const job = load.add({ cancel: null, watchers: 1 });
  await until(
    TAKEOVER_MS,
    () => job.done,
    () => `${job.key} is not finished`,
  );
}

async function eventsOf({ databaseUrl }: Scene, { jobIds }: Submission): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query("SELECT * FROM job_event WHERE job_id = $1 ORDER BY sequence", [[...jobIds][0]]);
  await client.end();
  return rows;
}
