import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { InpaintAudioInput } from "../../src/operations/documents.js";
import { startTestApp } from "../support/start-test-app.js";
import { dataUri, makeWav, wavSeconds } from "../support/wav-fixture.js";

let mp3: Buffer;
beforeAll(async () => {
  mp3 = await readFile(new URL("../../examples/clip.mp3", import.meta.url));
});

const cut = (bytes: Buffer, part: number) => bytes.subarray(0, Math.floor(bytes.length * part));

type Refusal = [string, () => Partial<InpaintAudioInput>, string, string, RegExp];

const REFUSALS: Refusal[] = [
  [
    "text named .mp3",
    () => ({ audioUrl: dataUri(Buffer.from("words, no music. ".repeat(99)), "audio/mpeg") }),
    "AUDIO_UNSUPPORTED",
    "audioUrl",
    /text, not audio/,
  ],
  [
    "an MP3 that ends after a moment",
    () => ({ audioUrl: dataUri(mp3.subarray(0, 3_001), "audio/mpeg") }),
    "AUDIO_UNSUPPORTED",
    "audioUrl",
    /at least 1 s/,
  ],
  [
    "a WAV cut off in its header",
    () => ({ audioUrl: dataUri(makeWav().subarray(0, 20)) }),
    "AUDIO_UNSUPPORTED",
    "audioUrl",
    /damaged/,
  ],
  [
    "a WAV of no length",
    () => ({ audioUrl: dataUri(makeWav({ seconds: 0 })) }),
    "AUDIO_UNSUPPORTED",
    "audioUrl",
    /at least 1 s of audio, got 0 s/,
  ],
  [
    "a mask that starts after the clip",
    () => ({ maskStart: 30, maskEnd: 190 }),
    "INVALID_INPUT",
    "maskStart",
    /end of the audio \(4 s\), got 30 s/,
  ],
  [
    "an extension outside the mask",
    () => ({ secondsTotal: 6 }),
    "INVALID_INPUT",
    "maskEnd",
    /must cover the added span/,
  ],
  [
    "a private address",
    () => ({ audioUrl: "http://127.0.0.1:9/a.wav" }),
    "AUDIO_UNAVAILABLE",
    "audioUrl",
    /not on the public internet/,
  ],
  [
    "a link-local address",
    () => ({ audioUrl: "http://169.254.169.254/latest/" }),
    "AUDIO_UNAVAILABLE",
    "audioUrl",
    /not on the public internet/,
  ],
];

describe("audio that can't be used", () => {
  it("fails each job with a reason and the field at fault", async () => {
    // So that all of it reaches the engine.
    const app = await startTestApp({ PREFLIGHT: "off" });
    const ends = REFUSALS.map(async ([, input]) => (await app.follow((await app.submit(input())).id)).at(-1)?.job);

    for (const [index, [name, , code, field, words]] of REFUSALS.entries()) {
      const message = expect.stringMatching(words);
      expect.soft(await ends[index], name).toMatchObject({
        status: "FAILED",
        output: null,
        billed: "NO",
        error: { code, field: [field], message, retryable: false, upstreamStatus: 422 },
      });
    }
  });

  it("reads nothing of the server's own pages, though it may read its files", async () => {
    const app = await startTestApp();
    const { id } = await app.submit({ audioUrl: `${app.url}/healthz` });

    expect((await app.follow(id)).at(-1)?.job.error).toMatchObject({ code: "AUDIO_UNAVAILABLE", field: ["audioUrl"] });
  });
});

describe("audio that is damaged but usable", () => {
  it.each<[string, () => Buffer, RegExp, number]>([
    ["a truncated MP3", () => cut(mp3, 0.4), /MP3 file ends inside a frame/, 14.7],
    [
      "a WAV whose header claims more than there is",
      () => makeWav({ claimedDataBytes: 400_000_000 }),
      /ends 399936000 bytes early/,
      4,
    ],
    ["a WAV of NaN", () => makeWav({ float: true, sample: () => Number.NaN }), /32000 samples were not finite/, 4],
  ])("gives a result with a warning: %s", async (_name, bytes, words, seconds) => {
    const app = await startTestApp();
    const { id } = await app.submit({ audioUrl: dataUri(bytes(), "audio/mpeg") });

    const updates = await app.follow(id);

    const warnings = updates.flatMap(({ logs }) => logs).filter(({ level }) => level === "WARN");
    expect(warnings.map(({ message }) => message).join("\n")).toMatch(words);
    const url = updates.at(-1)?.job.output?.audio.url ?? "";
    expect(wavSeconds(Buffer.from(await (await fetch(url)).arrayBuffer()))).toBeCloseTo(seconds, 0);
  });

  it("leaves the server well after all of it", async () => {
    const app = await startTestApp();
    const bad = await app.submit({ audioUrl: dataUri(Buffer.from("no")) });
    const good = await app.submit();

    const ends = await Promise.all([bad, good].map(async ({ id }) => (await app.follow(id)).at(-1)?.status));

    expect(ends).toEqual(["FAILED", "COMPLETED"]);
  });
});
