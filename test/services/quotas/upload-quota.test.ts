import { randomUUID } from "node:crypto";
import { expect, inject, it } from "vitest";
import { CALLER } from "../../support/make-job.js";
import { makeLimits } from "../../support/open-access.js";
import { newPlace } from "../../support/open-store.js";
import { OTHER, openQuotas, START } from "./quota-testkit.js";

const DAY_MS = 24 * 3_600_000;
/** 4 bytes. */
const DATA_URI = "data:audio/wav;base64,UklGRg==";

async function openUploads(limits: Parameters<typeof makeLimits>[0], place?: string) {
  const open = await openQuotas(makeLimits(limits), place);
  const upload = (bytes: number, caller = CALLER) =>
    open.quotas.addUpload({ id: randomUUID(), callerId: caller.id, at: open.clock.now, bytes });
  return { ...open, upload };
}

it("takes bytes up to the limit, and again when enough of them are a day old", async () => {
  const { upload, clock, used } = await openUploads({ perCaller: { UPLOAD_BYTES_PER_DAY: 100 } });
  await upload(30);
  clock.now += 1_000;
  await upload(70);
  expect((await used()).UPLOAD_BYTES_PER_DAY).toEqual({
    name: "UPLOAD_BYTES_PER_DAY",
    limit: 100,
    used: 100,
    resetsAt: START + DAY_MS,
  });

  await expect(upload(30)).rejects.toThrow(`at ${new Date(START + DAY_MS).toISOString()}`);
  await expect(upload(31)).rejects.toThrow(`at ${new Date(START + DAY_MS + 1_000).toISOString()}`);
  clock.now = START + DAY_MS;
  await upload(30);
  await expect(upload(1)).rejects.toThrow(/100 bytes, leaves no room for 1 bytes/);
});

it("says of a file that will never fit what to do about it", async () => {
  const { upload } = await openUploads({ perCaller: { UPLOAD_BYTES_PER_DAY: 100 } });

  await expect(upload(101)).rejects.toThrow(/is less than this audio has: 101 bytes. Shorten or compress it/);
});

it("counts each caller alone, and all together", async () => {
  const { upload } = await openUploads({
    perCaller: { UPLOAD_BYTES_PER_DAY: 60 },
    total: { UPLOAD_BYTES_PER_DAY: 100 },
  });
  await upload(60, CALLER);
  await upload(40, OTHER);

  await expect(upload(1, CALLER)).rejects.toThrow(/^Your limit/);
  await expect(upload(1, OTHER)).rejects.toThrow(
    /^This server's limit UPLOAD_BYTES_PER_DAY for all callers, 100 bytes,/,
  );
});

it("counts the audio that comes in a data: URI, and refuses the job whole", async () => {
  const { submit, used } = await openUploads({ perCaller: { UPLOAD_BYTES_PER_DAY: 7 } });
  const submitData = () => submit(CALLER, {}, { audioUrl: DATA_URI });
  expect((await submitData()).faults).toEqual([]);

  const { job, faults } = await submitData();

  expect(job).toBeNull();
  expect(faults).toEqual([
    { code: "QUOTA_EXCEEDED", field: ["audioUrl"], message: expect.stringContaining("UPLOAD_BYTES_PER_DAY") },
  ]);
  expect(await used()).toMatchObject({ UPLOAD_BYTES_PER_DAY: { used: 4 }, ACTIVE_JOBS: { used: 1 } });
});

it("lets no rush past: of 100 uploads at once, on all instances, 10 are taken", async () => {
  const place = await newPlace();
  const limits = { perCaller: { UPLOAD_BYTES_PER_DAY: 1_000 } };
  const first = await openUploads(limits, place);
  const second = inject("postgresUrl") === null ? first : await openUploads(limits, place);

  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? first : second).upload(100)),
  );

  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
  expect((await first.used()).UPLOAD_BYTES_PER_DAY?.used).toBe(1_000);
});

it("takes back what was not uploaded after all, and forgets what no limit counts", async () => {
  const { quotas, clock, database, used } = await openUploads({});
  const upload = { id: "u1", callerId: CALLER.id, at: START, bytes: 5 };
  await quotas.addUpload(upload);
  await quotas.takeUploadBack(upload);
  expect((await used()).UPLOAD_BYTES_PER_DAY?.used).toBe(0);
  await quotas.addUpload(upload);
  await quotas.addUpload({ ...upload, id: "u2", at: START + 1 });

  clock.now = START + DAY_MS;
  await quotas.forgetOld();

  expect(await database.query("SELECT id FROM upload")).toEqual([{ id: "u2" }]);
});
