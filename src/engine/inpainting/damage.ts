import { type DecodedAudio, MIN_CLIP_SECONDS, unsupportedFormat } from "./decoded-audio.js";

/** Each false start can cost a long look, so a file made of them is given up. */
const MAX_FALSE_STARTS = 1_000;

/**
 * Keeps count of what a file with checksums could not give. What passes a checksum is the very audio that was encoded, so
 * the rest is left out, told in a warning, and only a file that is mostly damage is refused.
 */
export class Damage {
  private places = 0;
  private lostBytes = 0;
  private falseStarts = 0;

  /** `format` in the words of a message: "FLAC". */
  constructor(
    private readonly format: string,
    private readonly fileBytes: number,
  ) {}

  get isFound(): boolean {
    return this.places > 0;
  }

  /** Bytes in a row that belong to nothing, with sound before or behind them. */
  lose(byteCount: number): void {
    this.places++;
    this.loseTail(byteCount);
  }

  /** What the file ends with: a tag, or the beginning of what was cut off. Not worth a warning of its own. */
  loseTail(byteCount: number): void {
    this.lostBytes += byteCount;
    if (this.lostBytes > this.fileBytes / 2) throw this.refusal("more than half of it could not be read");
  }

  /** What a decoder refused although its checksum is right. */
  loseFrames(errors: readonly { frameLength: number }[]): void {
    for (const { frameLength } of errors) this.lose(frameLength);
  }

  /** Something began like audio and failed its checksum. */
  countFalseStart(): void {
    this.falseStarts++;
    if (this.falseStarts > MAX_FALSE_STARTS) throw this.refusal(`more than ${MAX_FALSE_STARTS} checksums are wrong`);
  }

  /** A damaged file that gives less than a clip was not too short before it was damaged. */
  requireClip(frameCount: number, sampleRate: number): void {
    if (this.lostBytes === 0 || frameCount >= MIN_CLIP_SECONDS * sampleRate) return;
    throw this.refusal(`only ${(frameCount / sampleRate).toFixed(2)} s could be read`);
  }

  warnings(): DecodedAudio["warnings"] {
    if (!this.isFound) return [];
    return [`The ${this.format} file is damaged in ${this.places} place(s); the audio that could be read was used.`];
  }

  private refusal(reason: string): Error {
    return unsupportedFormat(`This ${this.format} file is damaged beyond use: ${reason}.`);
  }
}
