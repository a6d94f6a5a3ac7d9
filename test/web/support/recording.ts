import { makeWav } from "../../support/wav-fixture.js";

/** Twelve seconds of two notes a second. */
export const RECORDING = {
  name: "take one.wav",
  mimeType: "audio/wav",
  buffer: makeWav({ seconds: 12, sampleRate: 44_100 }),
};

/** A steady tone: what is heard can be told by its pitch. */
export function tone(hertz: number, seconds = 6): Buffer {
  return makeWav({
    seconds,
    sampleRate: 44_100,
    sample: (frame) => 0.3 * Math.sin((2 * Math.PI * hertz * frame) / 44_100),
  });
}
