import { expect, it } from "vitest";
import { CancelInpaintDocument, InpaintAudioDocument } from "../../src/operations/documents.js";
import { acceptAll, HeldReply } from "../services/dispatch-testkit.js";
import { OUTPUT, RESULT, STATUS, STREAM, SUBMIT } from "../services/fal/fal-testkit.js";
import { FalSigner } from "../support/fal-signer.js";
import { freePort } from "../support/free-port.js";
import { json, LiveStream, type ScriptedUpstream, startScriptedUpstream } from "../support/scripted-upstream.js";
import { startTestApp } from "../support/start-test-app.js";
import { SMALL_INPUT } from "../support/test-client.js";
import { isSignedBy, publishedKeys, startReceiver } from "../support/webhook-receiver.js";

const LOOPBACK = { outboundPolicy: { isAllowedAddress: (address: string) => address === "127.0.0.1" } };
const COMPLETED = json(200, { status: "COMPLETED", logs: [] });

/** The product with a server in fal's place that says nothing by itself, and that knows how to call. */
async function startWithUpstream() {
  const upstream = await startScriptedUpstream();
  const signer = new FalSigner();
  signer.publishAt(upstream);
  upstream.on(STREAM, new LiveStream().reply);
  upstream.on(RESULT, json(200, { ...OUTPUT, seed: 7 }));
  const PORT = String(await freePort());
  const PUBLIC_URL = `http://127.0.0.1:${PORT}`;
  const app = await startTestApp({ ENGINE_URL: upstream.url, PORT, PUBLIC_URL }, LOOPBACK);
  return { upstream, signer, app };
}

/** What fal does when the newest request is finished. */
function callBack(upstream: ScriptedUpstream, { headers, body }: ReturnType<FalSigner["deliver"]>): Promise<Response> {
  const url = upstream.seen(SUBMIT).at(-1)?.query.get("fal_webhook") ?? "";
  return fetch(url, { method: "POST", headers: headers as Record<string, string>, body: new Uint8Array(body) });
}

it("upstream's webhook comes before the submission is answered, and the caller's receiver is told the end", async () => {
  const { upstream, signer, app } = await startWithUpstream();
  const held = new HeldReply();
  upstream.on(SUBMIT, held.reply);
  upstream.on(STATUS, COMPLETED);
  const receiver = await startReceiver();
  const { id } = await app.submit({}, { webhookUrl: receiver.url });
  await held.arrived;

  const answer = await callBack(upstream, signer.deliver("r1"));
  const webhook = await receiver.arrivals.next();
  held.release(json(200, { request_id: "r1" }));

  expect(answer.status).toBe(200);
  expect(await app.find(id)).toMatchObject({ status: "COMPLETED", requestId: "r1" });
  expect(JSON.parse(webhook.body)).toMatchObject({
    status: "OK",
    error: null,
    request_id: "r1",
    payload: { audio: { url: OUTPUT.audio.url, content_type: "audio/wav" }, seed: 7 },
  });
  const keys = await publishedKeys(app.url);
  expect(keys).toHaveLength(2);
  expect(isSignedBy(webhook, keys, Date.now() / 1_000)).toBe(true);
  expect(upstream.seen(SUBMIT)).toHaveLength(1);
});

it("refuses what upstream did not sign for this job, over HTTP as the route has it", async () => {
  const { upstream, signer, app } = await startWithUpstream();
  upstream.on(SUBMIT, acceptAll());
  upstream.on(STATUS, json(202, { status: "IN_PROGRESS", logs: [] }));
  const { id } = await app.submit();
  await expect.poll(async () => (await app.find(id)).requestId).toBe("r1");
  const url = upstream.seen(SUBMIT)[0]?.query.get("fal_webhook") ?? "";

  expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
  expect((await callBack(upstream, signer.deliver("r1", { key: signer.foreignKey }))).status).toBe(401);
  const { headers, body } = signer.deliver("r1");
  const elsewhere = url.replace(id, "01900000-0000-7000-8000-000000000000");
  const foreign = await fetch(elsewhere, { method: "POST", headers: headers as never, body: new Uint8Array(body) });

  expect(foreign.status).toBe(403);
  expect((await callBack(upstream, signer.deliver("r1"))).status).toBe(200);
});

it("tells receivers of jobs that never reached upstream", async () => {
  const app = await startTestApp({ ENGINE_URL: `http://127.0.0.1:${await freePort()}` }, LOOPBACK);
  const receiver = await startReceiver();
  const cancelled = await app.submit({}, { webhookUrl: receiver.url });
  await app.run(CancelInpaintDocument, { id: cancelled.id });

  expect(JSON.parse((await receiver.arrivals.next()).body)).toMatchObject({
    status: "ERROR",
    request_id: cancelled.id,
    payload: { error_type: "client_cancelled" },
  });

  const late = await app.submit({}, { webhookUrl: receiver.url, startTimeout: 2 });
  expect(JSON.parse((await receiver.arrivals.next()).body)).toMatchObject({
    request_id: late.id,
    payload: { error_type: "timed_out" },
  });
});

it("takes the same submission with another webhook for another submission", async () => {
  const app = await startTestApp({ ENGINE_URL: `http://127.0.0.1:${await freePort()}` });
  const submit = (webhookUrl: string) =>
    app.run(InpaintAudioDocument, { input: SMALL_INPUT, options: { idempotencyKey: "k", webhookUrl } });

  const first = await submit("https://a.example/hook");

  expect((await submit("https://a.example/hook")).inpaintAudio.job?.id).toBe(first.inpaintAudio.job?.id);
  expect((await submit("https://b.example/hook")).inpaintAudio.userErrors).toMatchObject([
    { code: "IDEMPOTENCY_CONFLICT" },
  ]);
});

it("refuses receivers on the server's own network, before anything is stored", async () => {
  const app = await startTestApp();

  const { inpaintAudio } = await app.run(InpaintAudioDocument, {
    input: SMALL_INPUT,
    options: { webhookUrl: "http://127.0.0.1:9/hook" },
  });

  expect(inpaintAudio).toMatchObject({
    job: null,
    userErrors: [{ code: "INVALID", field: ["options", "webhookUrl"] }],
  });
});

it("takes no webhooks where PUBLIC_URL is not set", async () => {
  const upstream = await startScriptedUpstream();
  upstream.on(SUBMIT, acceptAll());
  const app = await startTestApp({ ENGINE_URL: upstream.url });
  await app.submit();
  await expect.poll(() => upstream.seen(SUBMIT)).toHaveLength(1);

  expect(upstream.seen(SUBMIT)[0]?.query.has("fal_webhook")).toBe(false);
  expect((await fetch(`${app.url}/webhooks/fal`, { method: "POST" })).status).toBe(404);
});
