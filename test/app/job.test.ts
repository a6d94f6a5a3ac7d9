import { describe, expect, it } from "vitest";
import {
  CancelInpaintDocument,
  InpaintJobDocument,
  InpaintJobsDocument,
  ServiceDocument,
} from "../../src/operations/documents.js";
import { startTestApp, type TestApp } from "../support/start-test-app.js";
import type { Update } from "../support/test-client.js";
import { dataUri, makeWav, wavSeconds } from "../support/wav-fixture.js";

/** Long enough that a worker is still busy with it when a test cancels it. */
const LONG_CLIP = { audioUrl: dataUri(makeWav({ seconds: 150, sampleRate: 16_000 })), maskStart: 20, maskEnd: 120 };

function linesOf(updates: readonly Update[]): string[] {
  return updates.flatMap(({ logs }) => logs.map(({ sequence, message }) => `${sequence} ${message}`));
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

function cancel(app: TestApp, id: string) {
  return app.run(CancelInpaintDocument, { id }).then(({ cancelInpaint }) => cancelInpaint);
}

describe("a job from end to end", () => {
  it("is submitted over HTTP, watched over a WebSocket, and its result is downloaded", async () => {
    const app = await startTestApp();
    const job = await app.submit({ prompt: "a quiet bridge" });
    expect(job).toMatchObject({ status: "IN_QUEUE", input: { maskStart: 1, maskEnd: 2, numInferenceSteps: 8 } });

    const updates = await app.follow(job.id);

    const end = updates.at(-1);
    expect(updates[0]?.snapshot).toBe(true);
    expect(updates.slice(1).every(({ snapshot }) => !snapshot)).toBe(true);
    expect(end).toMatchObject({ status: "COMPLETED", job: { status: "COMPLETED", billed: "NO", error: null } });
    expect(end?.job.requestId).toMatch(/^[\w-]+$/);
    expect(end?.job.output?.seed).toEqual(job.input.seed);
    expect(new Set(updates.map(({ cursor }) => cursor)).size).toBeGreaterThan(2);
    const lines = updates.flatMap(({ logs }) => logs);
    expect(lines.map(({ sequence }) => sequence)).toEqual(lines.map((_, index) => index + 1));
    const progress = updates.flatMap((update) => update.progress ?? []);
    expect(progress).toEqual([...progress].sort((one, other) => one - other));
    const wav = await download(end?.job.output?.audio.url ?? "");
    expect(wavSeconds(wav)).toBeCloseTo(4, 2);
    expect(end?.job.output?.audio).toMatchObject({ contentType: "audio/wav", fileSize: wav.length });
  });

  it("gives early, late and returning watchers the same lines", async () => {
    const app = await startTestApp();
    const { id } = await app.submit();
    const early = app.follow(id);
    const first: Update[] = [];
    for await (const update of app.watch(id)) {
      first.push(update);
      if (update.logs.length > 0) break;
    }
    const returned = app.follow(id, first.at(-1)?.cursor);
    const [whole, rest] = await Promise.all([early, returned]);
    const late = await app.follow(id);

    expect([...linesOf(first), ...linesOf(rest)]).toEqual(linesOf(whole));
    expect(late).toHaveLength(1);
    expect(late[0]).toMatchObject({ snapshot: true, status: "COMPLETED" });
    expect(linesOf(late)).toEqual(linesOf(whole));
    expect(await app.follow(id, late[0]?.cursor)).toEqual([]);
  });

  it("tells the same job by query, node and list, with its log", async () => {
    const app = await startTestApp();
    const jobs = [await app.submit({ prompt: "one" }), await app.submit({ prompt: "two" })];
    const ends = await Promise.all(jobs.map(async ({ id }) => (await app.follow(id)).at(-1)?.job));

    const { inpaintJobs } = await app.run(InpaintJobsDocument, { first: 1 });
    const next = await app.run(InpaintJobsDocument, { first: 1, after: inpaintJobs.pageInfo.endCursor });
    const { inpaintJob } = await app.run(InpaintJobDocument, { id: jobs[0]?.id ?? "", lastLogs: 2 });
    const query = `{ node(id: "${jobs[0]?.id}") { __typename id ... on InpaintJob { status } } }`;
    const node = await fetch(`${app.graphqlUrl}?query=${encodeURIComponent(query)}`, {
      headers: { "apollo-require-preflight": "1" },
    });

    expect(inpaintJobs.nodes).toEqual([ends[1]]);
    expect(next.inpaintJobs).toMatchObject({
      nodes: [ends[0]],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
    expect(inpaintJob).toMatchObject(ends[0] ?? {});
    expect(inpaintJob?.logs).toHaveLength(2);
    expect(await node.json()).toMatchObject({
      data: { node: { __typename: "InpaintJob", id: jobs[0]?.id, status: "COMPLETED" } },
    });
  });

  it("is one job for one idempotency key, however often it is sent", async () => {
    const app = await startTestApp();
    const options = { idempotencyKey: "take-1" };

    const jobs = await Promise.all(Array.from({ length: 8 }, () => app.submit({}, options)));
    await app.follow(jobs[0]?.id ?? "");
    const again = await app.submit({}, options);

    expect(new Set([...jobs, again].map(({ id }) => id)).size).toBe(1);
    expect(again.status).toBe("COMPLETED");
    expect((await app.run(InpaintJobsDocument, { first: 10 })).inpaintJobs.nodes).toHaveLength(1);
  });

  it("gives the same audio for the same seed, and says which seed it drew", async () => {
    const app = await startTestApp();
    const first = await app.submit();
    const repeated = await app.submit({ seed: first.input.seed });

    const [one, other] = await Promise.all(
      [first, repeated].map(async ({ id }) => download((await app.follow(id)).at(-1)?.job.output?.audio.url ?? "")),
    );

    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
  });
});

describe("cancelling", () => {
  it("ends a job that runs, live for its watcher", async () => {
    const app = await startTestApp();
    const { id } = await app.submit(LONG_CLIP);
    const statuses: string[] = [];
    let outcome: string | null = null;
    for await (const { status } of app.watch(id)) {
      statuses.push(status);
      if (status === "IN_PROGRESS" && outcome === null) outcome = (await cancel(app, id)).outcome;
    }

    expect(outcome).toBe("CANCELLATION_REQUESTED");
    expect(statuses.at(-1)).toBe("CANCELLED");
    expect(await app.find(id)).toMatchObject({ status: "CANCELLED", output: null, error: null, billed: "NO" });
    expect((await app.find(id)).cancelRequestedAt).not.toBeNull();
  });

  it("ends a job that upstream has not room for at once, unsent", async () => {
    const app = await startTestApp({ MAX_UPSTREAM_JOBS: "1" });
    const running = await app.submit(LONG_CLIP);
    const { id } = await app.submit();

    const { outcome, job } = await cancel(app, id);

    expect(outcome).toBe("CANCELLED");
    expect(job).toMatchObject({ status: "CANCELLED", submission: "WAITING", requestId: null, billed: "NO" });
    expect((await app.follow(id)).map(({ status }) => status)).toEqual(["CANCELLED"]);
    await cancel(app, running.id);
  });

  it("changes nothing of a finished job, and knows no other", async () => {
    const app = await startTestApp();
    const { id } = await app.submit();
    await app.follow(id);

    expect(await cancel(app, id)).toMatchObject({ outcome: "ALREADY_FINISHED", job: { status: "COMPLETED" } });
    expect(await cancel(app, "not-an-id")).toMatchObject({
      job: null,
      outcome: null,
      userErrors: [{ code: "NOT_FOUND", field: ["id"] }],
    });
  });
});

it("says what it is and that it is ready", async () => {
  const app = await startTestApp();

  const { service } = await app.run(ServiceDocument, {});
  const ready = await fetch(`${app.url}/readyz`);

  expect(service).toMatchObject({
    engine: "LOCAL",
    engineStatus: "OK",
    engineMessage: null,
    model: "fal-ai/stable-audio-25/inpaint",
  });
  expect(ready.status).toBe(200);
});
