import { expect, it } from "vitest";
import { acceptAll } from "../services/dispatch-testkit.js";
import { OUTPUT, RESULT, STATUS, SUBMIT } from "../services/fal/fal-testkit.js";
import { json, startScriptedUpstream, text } from "../support/scripted-upstream.js";
import { startTestApp, type TestApp } from "../support/start-test-app.js";
import { makeWav } from "../support/wav-fixture.js";
import { startReceiver } from "../support/webhook-receiver.js";

const PATIENTLY = { timeout: 10_000 };
const FILE = "GET /files/out.wav";

async function startArchiving() {
  const upstream = await startScriptedUpstream();
  const url = `${upstream.url}/files/out.wav`;
  upstream.on(SUBMIT, acceptAll());
  upstream.on(STATUS, json(200, { status: "COMPLETED", logs: [] }));
  upstream.on(RESULT, json(200, { ...OUTPUT, audio: { ...OUTPUT.audio, url } }));
  const environment = { ENGINE_URL: upstream.url, ARCHIVE: "on" };
  return { upstream, url, environment };
}

const audioUrlOf = async (app: TestApp, id: string) => (await app.find(id)).output?.audio.url ?? "";

it("keeps a result that upstream has no more, and serves it in ranges under a signed address", async () => {
  const { upstream, url, environment } = await startArchiving();
  const bytes = makeWav();
  upstream.on(FILE, text(200, "audio/wav", bytes));
  const app = await startTestApp(environment);
  const { id } = await app.submit();

  await app.follow(id);
  await expect.poll(() => audioUrlOf(app, id), PATIENTLY).toMatch(new RegExp(`^${app.url}/results/`));
  upstream.on(FILE, json(404, {}));
  const kept = await audioUrlOf(app, id);
  const whole = await fetch(kept);
  const part = await fetch(kept, { headers: { range: "bytes=44-143" } });
  const forged = await fetch(kept.replace(/(?<=signature=)./, (first) => (first === "A" ? "B" : "A")));
  const unsigned = await fetch(kept.replace(/\?.*/, ""));

  expect(kept).not.toBe(url);
  expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    "content-type": "audio/wav",
    "content-disposition": 'inline; filename="out.wav"',
    "x-content-type-options": "nosniff",
    "accept-ranges": "bytes",
  });
  expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 44-143/${bytes.length}`]);
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(44, 144))).toBe(true);
  expect([forged.status, unsigned.status]).toEqual([404, 404]);
});

it("tells receivers the address of the copy, though it took a second try", async () => {
  const { upstream, environment } = await startArchiving();
  upstream.on(FILE, json(503, {}), text(200, "audio/wav", makeWav()));
  const receiver = await startReceiver();
  const outboundPolicy = { isAllowedAddress: (address: string) => address === "127.0.0.1" };
  const app = await startTestApp(environment, { outboundPolicy });

  await app.submit({}, { webhookUrl: receiver.url });
  const { body } = await receiver.arrivals.next();

  expect(JSON.parse(body).payload.audio.url).toMatch(new RegExp(`^${app.url}/results/`));
});

it("goes on after a restart with what was not copied yet", async () => {
  const { upstream, url, environment } = await startArchiving();
  upstream.on(FILE, json(503, {}));
  const before = await startTestApp(environment);
  const { id } = await before.submit();
  await before.follow(id);
  await expect.poll(() => upstream.seen(FILE).length, PATIENTLY).toBeGreaterThan(0);
  expect(await audioUrlOf(before, id)).toBe(url);
  await before.close();

  upstream.on(FILE, text(200, "audio/wav", makeWav()));
  const after = await startTestApp({ ...environment, DATA_DIR: before.folder });

  await expect.poll(() => audioUrlOf(after, id), PATIENTLY).toContain("/results/");
});
