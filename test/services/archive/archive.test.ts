import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { Archive, type ArchiveDependencies } from "../../../src/services/archive/archive.js";
import { ArchiveFolder } from "../../../src/services/archive/archive-folder.js";
import { ResultLinks } from "../../../src/services/archive/result-links.js";
import type { Job, OutputFile } from "../../../src/services/job.js";
import { complete, NOT_BILLED } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import type { ResultLink } from "../../../src/services/services.js";
import { SigningKeys } from "../../../src/services/signing-keys.js";
import { JobArchive } from "../../../src/services/store/job-archive.js";
import { guardedLogger } from "../../support/log-guard.js";
import { SOME_OUTPUT } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";
import { json, reset, text, truncated } from "../../support/scripted-upstream.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { startQueue } from "../fal/fal-testkit.js";
import { insertSent } from "../store/claims-testkit.js";

const NOW = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
const PATIENTLY = { timeout: 10_000 };
const FILE = "GET /files/out.wav";
const BYTES = Buffer.from("RIFF0123456789");

async function openArchive() {
  const { database, store } = await openStore();
  const { upstream, queue } = await startQueue();
  const folder = await temporaryFolder();
  const time = { now: NOW };
  const keys = new SigningKeys(database, () => time.now);
  const start = async (changes: Partial<ArchiveDependencies> = {}) => {
    const archive = new Archive({
      folder: new ArchiveFolder(folder),
      links: new ResultLinks(keys, () => "https://punchin.example/studio"),
      jobs: new JobArchive(database),
      store,
      queue,
      logger: guardedLogger,
      clock: () => time.now,
      shared: false,
      instanceId: "me",
      maxBytes: 1_000_000,
      onSettled: () => {},
      ...changes,
    });
    onTestFinished(() => archive.close());
    await archive.start();
    return archive;
  };
  const completeJob = async (audio: Partial<OutputFile> = {}, ownerId = "me"): Promise<Job> => {
    const job = await insertSent(store, ownerId);
    const output = { ...SOME_OUTPUT, audio: { ...SOME_OUTPUT.audio, url: `${upstream.url}/files/out.wav`, ...audio } };
    const change = { name: "finished", at: time.now } as const;
    const completed = await changeJob(store, job, change, (current) => complete(current, output, NOT_BILLED, time.now));
    if (!completed) throw new Error("The job changed under the test.");
    return completed;
  };
  const settled = async (job: Job) => {
    const [row] = await database.query<{ archived: string | null }>("SELECT archived FROM job WHERE id = $1", [job.id]);
    return row?.archived ?? null;
  };
  return { database, store, upstream, folder, time, keys, start, completeJob, settled };
}

function linkOf(url: string): ResultLink {
  const { pathname, searchParams } = new URL(url);
  const [jobId = "", fileName = ""] = pathname.split("/").slice(-2);
  return { jobId, fileName, keyId: searchParams.get("key") ?? "", signature: searchParams.get("signature") ?? "" };
}

async function find(store: { find(id: string): Promise<Job | null> }, { id }: Job): Promise<Job> {
  const job = await store.find(id);
  if (!job) throw new Error("The job is gone.");
  return job;
}

it("copies a result as soon as its job has completed, and names its own address from then on", async () => {
  const { store, upstream, start, completeJob, settled } = await openArchive();
  upstream.on(FILE, text(200, "application/octet-stream", BYTES));
  const archive = await start();
  const job = await completeJob({ contentType: "application/octet-stream", fileName: 'a take "1".wav' });
  expect((await archive.outputOf(job))?.audio.url).toBe(job.output?.audio.url);

  archive.wake();

  await expect.poll(() => settled(job), PATIENTLY).not.toBeNull();
  const output = await archive.outputOf(await find(store, job));
  expect(output).toMatchObject({
    seed: 42n,
    audio: { contentType: "audio/wav", fileName: "a_take_1_.wav", fileSize: BYTES.length },
  });
  const url = output?.audio.url ?? "";
  expect(url).toMatch(/^https:\/\/punchin\.example\/studio\/results\/.*\/a_take_1_\.wav\?key=.*&signature=/);
  const file = await archive.open(linkOf(url));
  expect(file).toMatchObject({ name: "a_take_1_.wav", contentType: "audio/wav", sizeBytes: BYTES.length });
  expect(file && (await buffer(file.stream(4, 7)))).toEqual(Buffer.from("0123"));
});

it("gives out a result for no other link than its own", async () => {
  const { store, upstream, keys, start, completeJob, settled } = await openArchive();
  upstream.on(FILE, text(200, "audio/wav", BYTES));
  const [job, other] = [await completeJob(), await completeJob()];
  const archive = await start();
  await expect.poll(async () => [await settled(job), await settled(other)], PATIENTLY).not.toContain(null);
  const linkFor = async (each: Job) => linkOf((await archive.outputOf(await find(store, each)))?.audio.url ?? "");
  const [link, otherLink] = [await linkFor(job), await linkFor(other)];

  for (const forged of [
    { ...link, jobId: other.id },
    { ...link, fileName: "x.wav" },
    { ...link, signature: otherLink.signature },
    { ...link, signature: "" },
    { ...link, keyId: "other" },
    { ...link, jobId: "../../etc/passwd" },
  ]) {
    expect(await archive.open(forged)).toBeNull();
  }
  expect(await archive.open(link)).not.toBeNull();
  await keys.replace("result-link");
  expect(await archive.open(link)).toBeNull();
  expect(await archive.open(await linkFor(job))).not.toBeNull();
});

it("tries again after any trouble, also after a restart, and leaves nothing in part", async () => {
  const { upstream, folder, time, start, completeJob, settled } = await openArchive();
  upstream.on(
    FILE,
    json(503, {}),
    reset(),
    truncated({ a: "b".repeat(99) }),
    json(404, {}),
    text(200, "audio/wav", ""),
  );
  const job = await completeJob();
  const first = await start();
  const attempts = () => {
    time.now += 60_000;
    first.wake();
    return upstream.seen(FILE).length;
  };
  await expect.poll(attempts, PATIENTLY).toBeGreaterThanOrEqual(6);
  expect(await settled(job)).toBeNull();
  await first.close();
  expect(await readdir(folder)).toEqual([]);

  upstream.on(FILE, text(200, "audio/wav", BYTES));
  await start();

  await expect.poll(() => settled(job), PATIENTLY).not.toBeNull();
  expect(await readdir(folder)).toEqual([job.id]);
});

it("waits longer after each failure", async () => {
  const { upstream, time, start, completeJob } = await openArchive();
  upstream.on(FILE, json(503, {}));
  await completeJob();
  const archive = await start();
  await expect.poll(() => upstream.seen(FILE).length, PATIENTLY).toBe(1);

  // Every second of a minute.
  for (let second = 0; second < 60; second++) {
    const before = upstream.seen(FILE).length;
    time.now += 1_000;
    archive.wake();
    await new Promise((resolve) => setImmediate(resolve));
    await expect.poll(() => upstream.seen(FILE).length, PATIENTLY).toBeGreaterThanOrEqual(before);
  }

  expect(upstream.seen(FILE).length).toBeLessThanOrEqual(7);
});

it("gives up what upstream has not any more, and what does not lie at upstream's", async () => {
  const { store, upstream, time, start, completeJob, settled } = await openArchive();
  upstream.on(FILE, json(404, {}));
  const gone = await completeJob();
  const elsewhere = await completeJob({ url: "https://elsewhere.example/out.wav" });
  time.now += 2 * HOUR_MS;

  const archive = await start();

  await expect.poll(async () => [await settled(gone), await settled(elsewhere)], PATIENTLY).toEqual(["null", "null"]);
  const output = await archive.outputOf(await find(store, gone));
  expect(output?.audio.url).toBe(gone.output?.audio.url);
  expect(upstream.requests).toHaveLength(1);
});

it("removes a result with its job, and what a crash left behind", async () => {
  const { database, upstream, folder, time, start, completeJob, settled } = await openArchive();
  time.now = Date.now();
  upstream.on(FILE, text(200, "audio/wav", BYTES));
  const [job, other] = [await completeJob(), await completeJob()];
  const archive = await start();
  await expect.poll(async () => [await settled(job), await settled(other)], PATIENTLY).not.toContain(null);

  await archive.remove([job.id]);
  expect(await readdir(folder)).toEqual([other.id]);
  await archive.close();
  await database.query("DELETE FROM job");
  const [old, fresh] = [`${job.id}.a.part`, `${job.id}.b.part`];
  for (const name of [old, fresh]) await writeFile(join(folder, name), "x");
  await utimes(join(folder, old), new Date(0), new Date(0));
  await start();

  await expect.poll(() => readdir(folder), PATIENTLY).toEqual([fresh]);
});

it("copies nothing more when the archive is full", async () => {
  const { upstream, folder, start, completeJob, settled } = await openArchive();
  upstream.on(FILE, text(200, "audio/wav", BYTES));
  const first = await completeJob();
  const archive = await start({ maxBytes: BYTES.length });
  await expect.poll(() => settled(first), PATIENTLY).not.toBeNull();
  await completeJob();

  archive.wake();
  await archive.close();
  await start({ maxBytes: BYTES.length }).then((full) => full.close());

  expect(upstream.requests).toHaveLength(1);
  expect(await readdir(folder)).toEqual([first.id]);
});

it("leaves the jobs of other instances to them for a while", async () => {
  const { upstream, time, start, completeJob, settled } = await openArchive();
  upstream.on(FILE, text(200, "audio/wav", BYTES));
  const theirs = await completeJob({}, "they");
  const mine = await completeJob();
  const archive = await start({ shared: true });
  await expect.poll(() => settled(mine), PATIENTLY).not.toBeNull();
  expect(await settled(theirs)).toBeNull();

  time.now += 60_001;
  archive.wake();

  await expect.poll(() => settled(theirs), PATIENTLY).not.toBeNull();
  expect(upstream.requests).toHaveLength(2);
});
