import { expect, inject, it } from "vitest";
import { CreateAudioUploadDocument, InpaintAudioDocument, ViewerDocument } from "../../src/operations/documents.js";
import { INITIATE } from "../services/fal/fal-testkit.js";
import { json } from "../support/scripted-upstream.js";
import { startTestApp } from "../support/start-test-app.js";
import { connectTo, SMALL_INPUT, type TestClient } from "../support/test-client.js";
import { credentialOf, startAccounts } from "./accounts-testkit.js";

const RUNNING = { ...SMALL_INPUT, prompt: "on and on" };

function submit(client: TestClient, options?: { idempotencyKey: string }) {
  return client.run(InpaintAudioDocument, { input: RUNNING, options }).then(({ inpaintAudio }) => inpaintAudio);
}

async function limitOf(client: TestClient, name: string) {
  const { viewer } = await client.run(ViewerDocument, {});
  return viewer.limits.find((limit) => limit.name === name);
}

it("accepts no more jobs than the limit, from a rush over all instances", async () => {
  const { alice, bob, environment } = await startAccounts({ LIMIT_ACTIVE_JOBS: "10" });
  // Instances can share nothing but PostgreSQL.
  const clients = inject("postgresUrl") === null ? [alice] : [alice, await secondInstance(environment)];

  const payloads = await Promise.all(
    Array.from({ length: 100 }, (_, index) => submit(clients[index % clients.length] ?? alice)),
  );

  expect(payloads.filter(({ job }) => job !== null)).toHaveLength(10);
  expect(payloads.flatMap(({ userErrors }) => userErrors).map(({ code }) => code)).toEqual(
    Array.from({ length: 90 }, () => "QUOTA_EXCEEDED"),
  );
  expect(await limitOf(alice, "ACTIVE_JOBS")).toEqual({ name: "ACTIVE_JOBS", limit: 10, used: 10, resetsAt: null });
  expect((await submit(bob)).job).not.toBeNull();
});

async function secondInstance(environment: NodeJS.ProcessEnv): Promise<TestClient> {
  const { url } = await startTestApp(environment);
  return connectTo(url, credentialOf("alice"));
}

it("names the limit, the figure and when to try again, and repeats a job for nothing", async () => {
  const { alice } = await startAccounts({ LIMIT_JOBS_PER_HOUR: "1" });
  const { job } = await submit(alice, { idempotencyKey: "once" });

  const refused = await submit(alice);
  const repeated = await submit(alice, { idempotencyKey: "once" });

  expect(refused).toEqual({
    job: null,
    userErrors: [
      {
        code: "QUOTA_EXCEEDED",
        field: null,
        message: expect.stringMatching(/^Your limit JOBS_PER_HOUR, 1, is reached\. Try again in \d+ s, at 20\S+Z\.$/),
      },
    ],
  });
  expect(repeated.job?.id).toBe(job?.id);
});

it("limits uploads by the bytes that are asked for, and counts none that upstream had no place for", async () => {
  const { alice, upstream } = await startAccounts({ LIMIT_UPLOAD_BYTES_PER_DAY: "100" });
  const addresses = { upload_url: "https://v3b.fal.media/x?sig=1", file_url: "https://v3b.fal.media/x" };
  const create = (fileSize: number) =>
    alice.answer(CreateAudioUploadDocument, { input: { fileName: "a.wav", contentType: "audio/wav", fileSize } });
  upstream.on(INITIATE, json(503, {}), json(200, addresses));

  const failed = await create(60);
  const taken = await create(60);
  const refused = await create(60);

  expect(failed.errors?.[0]?.extensions?.code).toBe("SERVICE_UNAVAILABLE");
  expect(taken.data?.createAudioUpload.userErrors).toEqual([]);
  expect(refused.data?.createAudioUpload).toMatchObject({
    upload: null,
    userErrors: [{ code: "QUOTA_EXCEEDED", field: ["fileSize"] }],
  });
  expect(await limitOf(alice, "UPLOAD_BYTES_PER_DAY")).toMatchObject({ limit: 100, used: 60 });
});

it("refuses one subscription too many, takes one when another has ended, and no caller's counts for another", async () => {
  const { alice, bob } = await startAccounts({ LIMIT_SUBSCRIPTIONS: "1" });
  const mine = await alice.submit(RUNNING);
  const theirs = await bob.submit(RUNNING);
  const subscribe = (client: TestClient, id: string) =>
    client.connect().iterate({ query: `subscription { inpaintProgress(jobId: "${id}") { job { id } } }` });
  const first = subscribe(alice, mine.id);
  await first.next();

  const refused = await subscribe(alice, mine.id).next();
  const other = await subscribe(bob, theirs.id).next();

  expect(refused.value?.errors).toMatchObject([{ extensions: { code: "RATE_LIMITED", retryAfter: 5 } }]);
  expect(other.value?.data).toEqual({ inpaintProgress: { job: { id: theirs.id } } });
  expect(await limitOf(alice, "SUBSCRIPTIONS")).toMatchObject({ limit: 1, used: 1 });
  await first.return?.();
  await expect.poll(async () => (await limitOf(alice, "SUBSCRIPTIONS"))?.used).toBe(0);
  await subscribe(alice, mine.id).next();
});

it("refuses requests beyond the limit of a minute with 429, over a socket as an error", async () => {
  const { alice, bob } = await startAccounts({ LIMIT_REQUESTS_PER_MINUTE: "2" });
  const ask = () =>
    fetch(alice.graphqlUrl, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${credentialOf("alice")}` },
      body: '{ "query": "{ viewer { id } }" }',
    });
  const answers = [await ask(), await ask(), await ask()];

  const overSocket = await alice
    .connect()
    .iterate({ query: "{ viewer { id } }" })
    .next()
    .catch((errors: unknown) => errors);

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(answers.map(({ headers }) => headers.get("ratelimit-remaining"))).toEqual(["1", "0", "0"]);
  expect(Number(answers.at(-1)?.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(overSocket).toMatchObject([{ extensions: { code: "RATE_LIMITED" } }]);
  expect((await bob.run(ViewerDocument, {})).viewer.id).toBe("key:bob");
});

it("limits nothing by default but what no single person reaches", async () => {
  const app = await startTestApp();

  const { viewer } = await app.run(ViewerDocument, {});

  expect(viewer.id).toBe("anonymous");
  expect(viewer.limits.filter(({ limit }) => limit !== null)).toEqual([
    { name: "SUBSCRIPTIONS", limit: 10_000, used: 0, resetsAt: null },
  ]);
});
