import { describe, expect, it } from "vitest";
import { checkClip } from "../../../src/services/jobs/check-clip.js";
import { makeInput } from "../../support/make-job.js";

const wav = (seconds: number) => ({ usable: true, length: { seconds, paddingSeconds: 0 } }) as const;
const mp3 = (seconds: number) => ({ usable: true, length: { seconds, paddingSeconds: 0.1 } }) as const;
const UNKNOWN = { usable: true, length: null } as const;

/** With the model's own mask, unless said otherwise. */
const check = (report: Parameters<typeof checkClip>[0], engine: "FAL" | "LOCAL", input = {}) =>
  checkClip(report, makeInput({ maskStart: 0, maskEnd: 190, ...input }), engine);

describe("what a look at the clip says of a submission", () => {
  it.each([
    [6, "FAL"],
    [5.95, "FAL"],
    [190, "FAL"],
    [190.05, "FAL"],
    [1, "LOCAL"],
    [600, "LOCAL"],
  ] as const)("takes a clip of %d s with %s", (seconds, engine) => {
    expect(check(wav(seconds), engine).faults).toEqual([]);
  });

  it.each([
    [4.2, "FAL", "Your clip is 4.2 s long; fal wants 6 to 190 s. Send a longer one."],
    [204.5, "FAL", "Your clip is 204.5 s long; fal wants 6 to 190 s. Cut it."],
    [0.5, "LOCAL", "Your clip is 0.5 s long; the engine takes 1 to 600 s. Send a longer one."],
    [700.126, "LOCAL", "Your clip is 700.13 s long; the engine takes 1 to 600 s. Cut it."],
  ] as const)("refuses a clip of %d s with %s, with the figures", (seconds, engine, message) => {
    expect(check(wav(seconds), engine).faults).toEqual([{ code: "AUDIO_INVALID", field: ["audioUrl"], message }]);
  });

  it("refuses what is no audio", () => {
    expect(check({ usable: false, reason: "leads to a web page, not to audio" }, "FAL").faults).toMatchObject([
      { code: "AUDIO_INVALID", message: expect.stringContaining("The audio URL leads to a web page, not to audio.") },
    ]);
  });

  it("lets what is unknown pass as it came", () => {
    expect(check(UNKNOWN, "FAL", { maskStart: 180 })).toEqual({ faults: [], secondsTotal: null });
    expect(check(UNKNOWN, "FAL", { secondsTotal: 12 })).toEqual({ faults: [], secondsTotal: 12 });
  });

  it.each([
    [wav(12.3), "FAL", 13],
    [wav(12), "FAL", 12],
    [wav(12.05), "FAL", 13],
    [mp3(30.05), "FAL", 30],
    [mp3(30.2), "FAL", 31],
    [wav(190.05), "FAL", 190],
    [wav(1), "LOCAL", 1],
    [mp3(190.05), "LOCAL", 190],
    [wav(300), "LOCAL", null],
  ] as const)(
    "rounds the length up to whole seconds, as far as the model has them: %j with %s",
    (report, engine, total) => {
      expect(check(report, engine).secondsTotal).toBe(total);
    },
  );

  it("keeps the total that the caller named", () => {
    expect(check(wav(12.3), "FAL", { secondsTotal: 20, maskStart: 15 })).toEqual({ faults: [], secondsTotal: 20 });
  });

  it("lets the simplest call pass for a clip of more than 30 s, and says what to do for a shorter one", () => {
    expect(check(wav(31), "FAL", { maskStart: 30 }).faults).toEqual([]);
    expect(check(wav(30.5), "FAL", { maskStart: 30 }).faults).toEqual([]);
    expect(check(wav(12.3), "FAL", { maskStart: 30 }).faults).toEqual([
      {
        code: "MASK_INVALID",
        field: ["maskStart"],
        message:
          "The mask starts at 30 s, but your clip is 12.3 s long. Name the span to be made anew within it, e.g. maskStart: 4, maskEnd: 9, or a secondsTotal that extends it.",
      },
    ]);
  });

  it("tells of clip and mask at once", () => {
    expect(check(wav(3), "FAL", { maskStart: 30 }).faults.map(({ code }) => code)).toEqual([
      "AUDIO_INVALID",
      "MASK_INVALID",
    ]);
  });
});
