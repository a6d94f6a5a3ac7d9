import { describe, expect, it } from "vitest";
import { isPublicAddress } from "../../../src/outbound/public-address.js";
import { checkSubmission } from "../../../src/services/jobs/check-input.js";
import type { SubmitInput, SubmitOptions } from "../../../src/services/services.js";
import { makeInput, makeOptions } from "../../support/make-job.js";

const WAV = "data:audio/wav;base64,";

function faultsOf(input: Partial<SubmitInput>, options: Partial<SubmitOptions> = {}) {
  return checkSubmission(makeInput(input), makeOptions(options), {
    maxDataUriBytes: 12,
    isAllowedAddress: isPublicAddress,
  });
}

/** What is wrong, which field it is about, and a word of the advice. */
type Refusal = [string, Partial<SubmitInput>, string, string, RegExp];

const REFUSALS: Refusal[] = [
  ["a blank prompt", { prompt: " \n\t" }, "INVALID", "prompt", /blank.*Describe/],
  ["a prompt of 4,001 characters", { prompt: "é".repeat(4_001) }, "OUT_OF_RANGE", "prompt", /4000.*4001.*Shorten/],
  ["a guidance scale of 0", { guidanceScale: 0 }, "OUT_OF_RANGE", "guidanceScale", /1 to 25, got 0/],
  ["a guidance scale of 26", { guidanceScale: 26 }, "OUT_OF_RANGE", "guidanceScale", /1 to 25, got 26/],
  ["three steps", { numInferenceSteps: 3 }, "OUT_OF_RANGE", "numInferenceSteps", /4 to 8, got 3/],
  ["nine steps", { numInferenceSteps: 9 }, "OUT_OF_RANGE", "numInferenceSteps", /4 to 8, got 9/],
  ["a negative mask start", { maskStart: -1 }, "OUT_OF_RANGE", "maskStart", /0 to 190 seconds, got -1/],
  ["a mask end of 191", { maskEnd: 191 }, "OUT_OF_RANGE", "maskEnd", /0 to 190 seconds, got 191/],
  ["a total of 0", { secondsTotal: 0, maskStart: -1, maskEnd: 4 }, "OUT_OF_RANGE", "secondsTotal", /1 to 190/],
  ["a total of 191", { secondsTotal: 191 }, "OUT_OF_RANGE", "secondsTotal", /1 to 190 seconds, got 191/],
  ["a mask of no length", { maskStart: 4, maskEnd: 4 }, "MASK_INVALID", "maskEnd", /after maskStart \(4 s\), got 4 s/],
  ["a mask turned round", { maskStart: 9, maskEnd: 4 }, "MASK_INVALID", "maskEnd", /Choose a later maskEnd/],
  [
    "a mask after the end",
    { secondsTotal: 5, maskStart: 5, maskEnd: 9 },
    "MASK_INVALID",
    "maskStart",
    /5 s long.*below 5/,
  ],
  ["a seed beyond 64 bits", { seed: 2n ** 63n }, "OUT_OF_RANGE", "seed", /64 bits, got 9223372036854775808/],
  ["no URL at all", { audioUrl: "my song.wav" }, "INVALID", "audioUrl", /got "my song.wav"/],
  ["an empty URL", { audioUrl: "" }, "INVALID", "audioUrl", /http\(s\) URL/],
  ["a file: URL", { audioUrl: "file:///etc/passwd" }, "INVALID", "audioUrl", /scheme "file:".*createAudioUpload/],
  ["an ftp: URL", { audioUrl: "ftp://files.example/a.wav" }, "INVALID", "audioUrl", /scheme "ftp:"/],
  ["a javascript: URL", { audioUrl: "javascript:alert(1)" }, "INVALID", "audioUrl", /scheme/],
  ["a URL with a password", { audioUrl: "https://me:secret@files.example/" }, "INVALID", "audioUrl", /password/],
  ["a URL without end", { audioUrl: `https://a.example/${"a".repeat(8_200)}` }, "INVALID", "audioUrl", /8192/],
  ["a data: URI without base64", { audioUrl: "data:audio/wav,abc" }, "INVALID", "audioUrl", /malformed.*base64/],
  ["a data: URI without a comma", { audioUrl: "data:audio/wav;base64" }, "INVALID", "audioUrl", /malformed/],
  ["a data: URI with stray characters", { audioUrl: `${WAV}AA!A` }, "INVALID", "audioUrl", /malformed/],
  ["a data: URI without padding", { audioUrl: `${WAV}AAAAA` }, "INVALID", "audioUrl", /padded/],
  ["a data: URI of no media type", { audioUrl: "data:audio;base64,UklGRg==" }, "INVALID", "audioUrl", /malformed/],
  [
    "a data: URI with an endless header",
    { audioUrl: `data:${";a".repeat(1_000_000)};base64,UklGRg==` },
    "INVALID",
    "audioUrl",
    /malformed/,
  ],
  ["a prompt of invisible characters", { prompt: "\u0000\u200b" }, "INVALID", "prompt", /blank/],
  ["an empty data: URI", { audioUrl: WAV }, "AUDIO_INVALID", "audioUrl", /empty/],
  [
    "a data: URI that is too large",
    { audioUrl: `${WAV}${"A".repeat(20)}` },
    "AUDIO_INVALID",
    "audioUrl",
    /12 bytes, got 15.*createAudioUpload/,
  ],
];

describe("what is checked before anything is sent", () => {
  it.each(REFUSALS)("refuses %s", (_name, input, code, field, words) => {
    expect(faultsOf(input)).toContainEqual({ code, field: [field], message: expect.stringMatching(words) });
  });

  it.each<[string, Partial<SubmitInput>]>([
    ["the simplest input", { maskStart: 30, maskEnd: 190 }],
    ["the longest prompt, counted in characters rather than code units", { prompt: "🎸".repeat(4_000) }],
    [
      "the ends of all ranges",
      { guidanceScale: 25, numInferenceSteps: 4, maskStart: 0, maskEnd: 190, secondsTotal: 190 },
    ],
    ["a mask end beyond the total", { secondsTotal: 5, maskStart: 4, maskEnd: 190 }],
    ["a seed of 64 bits", { seed: -(2n ** 63n) }],
    ["a data: URI with parameters and capitals", { audioUrl: "DATA:audio/wav;codecs=1;BASE64,UklGRg==" }],
    ["a data: URI of the largest size", { audioUrl: `${WAV}${"A".repeat(16)}` }],
    ["a plain http URL", { audioUrl: "http://files.example:8080/a.wav?token=x#y" }],
  ])("takes %s", (_name, input) => {
    expect(faultsOf(input)).toEqual([]);
  });

  it.each<[string, Partial<SubmitOptions>, string, RegExp]>([
    ["an empty key", { idempotencyKey: "" }, "idempotencyKey", /got an empty one/],
    ["a blank key", { idempotencyKey: "  " }, "idempotencyKey", /got a blank one/],
    ["a key of 256 characters", { idempotencyKey: "k".repeat(256) }, "idempotencyKey", /1 to 255 characters, got 256/],
    ["a start timeout of 1 s", { startTimeoutSeconds: 1 }, "startTimeout", /2 to 86400 seconds, got 1/],
    ["a start timeout of a day and a second", { startTimeoutSeconds: 86_401 }, "startTimeout", /got 86401/],
    ["a webhook of no URL", { webhookUrl: "me.example" }, "webhookUrl", /got "me.example".*https/],
    ["an empty webhook", { webhookUrl: "" }, "webhookUrl", /got ""/],
    ["a webhook by ftp", { webhookUrl: "ftp://me.example" }, "webhookUrl", /scheme "ftp:"/],
    ["a webhook with a password", { webhookUrl: "https://a:b@me.example" }, "webhookUrl", /password.*signature/],
    ["a webhook without end", { webhookUrl: `https://a.example/${"a".repeat(2_048)}` }, "webhookUrl", /2048.*2066/],
    ["a webhook to this machine", { webhookUrl: "http://localhost:8080/" }, "webhookUrl", /public internet/],
    ["a webhook to a page of this machine", { webhookUrl: "http://a.LOCALHOST./" }, "webhookUrl", /public internet/],
    ["a webhook to a private address", { webhookUrl: "http://10.1.2.3/" }, "webhookUrl", /public internet/],
    ["a webhook to loopback in short", { webhookUrl: "http://127.1/" }, "webhookUrl", /public internet/],
    ["a webhook to cloud metadata", { webhookUrl: "http://[::ffff:a9fe:a9fe]/" }, "webhookUrl", /public internet/],
  ])("refuses %s", (_name, options, field, words) => {
    expect(faultsOf({}, options)).toEqual([
      { code: expect.any(String), field: ["options", field], message: expect.stringMatching(words) },
    ]);
  });

  it.each([
    "https://me.example/hook?job=my%20own%20id",
    "http://93.184.216.34:8080/",
    "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    "https://localhost.example/",
  ])("takes the webhook %s", (webhookUrl) => {
    expect(faultsOf({}, { webhookUrl })).toEqual([]);
  });

  it("tells every fault of a submission at once", () => {
    const faults = faultsOf(
      {
        prompt: "",
        audioUrl: "nowhere",
        guidanceScale: 99,
        numInferenceSteps: 1,
        secondsTotal: 500,
        maskStart: 300,
        maskEnd: 200,
        seed: 2n ** 70n,
      },
      { idempotencyKey: "", webhookUrl: "x", startTimeoutSeconds: 0 },
    );

    expect(faults.map(({ field }) => field?.join("."))).toEqual([
      "prompt",
      "audioUrl",
      "secondsTotal",
      "guidanceScale",
      "maskStart",
      "maskEnd",
      "numInferenceSteps",
      "maskEnd",
      "seed",
      "options.idempotencyKey",
      "options.webhookUrl",
      "options.startTimeout",
    ]);
  });

  it("never repeats a whole long value in its words", () => {
    const [fault] = faultsOf({ audioUrl: `nowhere ${"x".repeat(5_000)}` });

    expect(fault?.message.length).toBeLessThan(250);
  });
});
