import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import {
  CreateAudioUploadDocument,
  InpaintAudioDocument,
  type InpaintAudioInput,
} from "../../src/operations/documents.js";
import { acceptAll } from "../services/dispatch-testkit.js";
import { SUBMIT } from "../services/fal/fal-testkit.js";
import { startScriptedUpstream } from "../support/scripted-upstream.js";
import { serveHttp } from "../support/serve-http.js";
import { startTestApp, type TestApp } from "../support/start-test-app.js";
import { dataUri, makeWav } from "../support/wav-fixture.js";

const LOOPBACK_ALLOWED = { outboundPolicy: { isAllowedAddress: (address: string) => address === "127.0.0.1" } };

async function faultsOf(app: TestApp, input: Partial<InpaintAudioInput>, idempotencyKey?: string) {
  const full = { prompt: "a short fill", audioUrl: "", maskStart: 1, maskEnd: 2, ...input };
  const { inpaintAudio } = await app.run(InpaintAudioDocument, { input: full, options: { idempotencyKey } });
  return inpaintAudio.userErrors.map(({ code, field, message }) => ({ code, field, message }));
}

it("refuses a clip that can't be used, with the figures, and makes no job of it", async () => {
  const app = await startTestApp({}, LOOPBACK_ALLOWED);
  const page = await serveHttp((_request, response) => response.end("<!doctype html><title>Sign in</title>"));
  const short = await serveHttp((_request, response) => response.end(makeWav({ seconds: 0.5 })));
  const nothing = await serveHttp((_request, response) => response.writeHead(404).end());

  expect(await faultsOf(app, { audioUrl: page })).toMatchObject([{ code: "AUDIO_INVALID", field: ["audioUrl"] }]);
  expect(await faultsOf(app, { audioUrl: nothing })).toMatchObject([{ code: "AUDIO_INVALID", field: ["audioUrl"] }]);
  expect(await faultsOf(app, { audioUrl: short, maskStart: 0, maskEnd: 1 })).toEqual([
    {
      code: "AUDIO_INVALID",
      field: ["audioUrl"],
      message: "Your clip is 0.5 s long; the engine takes 1 to 600 s. Send a longer one.",
    },
  ]);
  expect(await faultsOf(app, { audioUrl: dataUri(makeWav()), maskStart: 30, maskEnd: 190 })).toMatchObject([
    { code: "MASK_INVALID", field: ["maskStart"], message: expect.stringContaining("your clip is 4 s long") },
  ]);
});

it("runs the simplest call, a prompt and a clip of more than 30 s, with the clip's own length", async () => {
  const app = await startTestApp();
  const bytes = await readFile(new URL("../../examples/clip.mp3", import.meta.url));

  const job = await app.submit({ audioUrl: dataUri(bytes, "audio/mpeg"), maskStart: undefined, maskEnd: undefined });

  expect(job.input).toMatchObject({ secondsTotal: 37, maskStart: 30, maskEnd: 37 });
  expect((await app.follow(job.id)).at(-1)?.job).toMatchObject({ status: "COMPLETED", error: null });
});

it("sends the length of the clip, rounded up to whole seconds", async () => {
  const upstream = await startScriptedUpstream();
  upstream.on(SUBMIT, acceptAll());
  const app = await startTestApp({ ENGINE_URL: upstream.url }, LOOPBACK_ALLOWED);
  const audioUrl = await serveHttp((_request, response) => response.end(makeWav({ seconds: 12.3 })));

  await app.submit({ audioUrl, maskStart: 4, maskEnd: 190 });

  await expect.poll(() => upstream.seen(SUBMIT).length, { timeout: 10_000 }).toBe(1);
  expect(JSON.parse(upstream.seen(SUBMIT)[0]?.body ?? "")).toMatchObject({
    seconds_total: 13,
    mask_start: 4,
    mask_end: 13,
  });
});

it("refuses an upload whose bytes were never sent, and reads those that were from the engine itself", async () => {
  const app = await startTestApp();
  const bytes = makeWav({ seconds: 8 });
  const input = { fileName: "a.wav", contentType: "audio/wav", fileSize: bytes.length };
  const { createAudioUpload } = await app.run(CreateAudioUploadDocument, { input });
  const { uploadUrl = "", fileUrl = "" } = createAudioUpload.upload ?? {};

  expect(await faultsOf(app, { audioUrl: fileUrl })).toMatchObject([{ code: "AUDIO_INVALID" }]);
  const headers = { "content-type": "audio/wav" };
  await fetch(uploadUrl, { method: "PUT", headers, body: new Uint8Array(bytes) });

  expect((await app.submit({ audioUrl: fileUrl })).input.secondsTotal).toBe(8);
});

it("looks at no clip for a job that there is already, and none when it is switched off", async () => {
  let asked = 0;
  const bytes = makeWav({ seconds: 8 });
  const audioUrl = await serveHttp((_request, response) => {
    asked += 1;
    if (asked === 1) response.end(bytes);
    else response.writeHead(404).end();
  });
  const upstream = await startScriptedUpstream();
  const app = await startTestApp({ ENGINE_URL: upstream.url }, LOOPBACK_ALLOWED);
  const careless = await startTestApp({ ENGINE_URL: upstream.url, PREFLIGHT: "off" }, LOOPBACK_ALLOWED);

  expect(await faultsOf(app, { audioUrl }, "once")).toEqual([]);
  expect(await faultsOf(app, { audioUrl }, "once")).toEqual([]);
  expect(asked).toBe(1);
  expect(await faultsOf(careless, { audioUrl, maskStart: 30, maskEnd: 190 })).toEqual([]);
  expect(asked).toBe(1);
  expect(await faultsOf(app, { audioUrl }, "twice")).toMatchObject([{ code: "AUDIO_INVALID" }]);
});
