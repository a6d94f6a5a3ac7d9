import { checkDuration, maxClipFrames } from "./decoded-audio.js";

/** First room when nobody knows the length, in frames. */
const UNKNOWN_LENGTH_FRAMES = 1 << 20;
/** What decoders give beyond the clip itself and is trimmed: a second is more than any of them. */
const TRIMMED_SECONDS = 1;

/**
 * Takes decoded pieces one after the other. Room is made once, for the expected length, and never for much more than
 * the longest clip, whatever a file claims; memory that is never written to costs nothing.
 */
export class SampleBuffer {
  frameCount = 0;
  private readonly maxFrames: number;
  private channels: Float32Array[];

  /** `expectedFrames`: what the file says about itself, 0 when it doesn't. */
  constructor(
    private readonly sampleRate: number,
    private readonly channelCount: number,
    private readonly expectedFrames: number,
  ) {
    this.maxFrames = maxClipFrames(sampleRate, channelCount) + TRIMMED_SECONDS * sampleRate;
    const wanted = (expectedFrames > 0 ? expectedFrames : UNKNOWN_LENGTH_FRAMES) + TRIMMED_SECONDS * sampleRate;
    const room = Math.min(wanted, this.maxFrames);
    this.channels = Array.from({ length: channelCount }, () => new Float32Array(room));
  }

  /** `piece` has at least as many channels as the buffer, all of one length. @throws AudioError when the clip gets too long */
  append(piece: readonly Float32Array[]): void {
    const start = this.frameCount;
    this.extend(piece[0]?.length ?? 0);
    this.channels.forEach((samples, channel) => {
      samples.set(piece[channel] as Float32Array, start);
    });
  }

  /** @throws AudioError when the clip gets too long */
  appendSilence(frameCount: number): void {
    this.extend(frameCount);
  }

  /** Leaves out all frames from `from` on. */
  truncate(from: number): void {
    this.frameCount = Math.min(this.frameCount, from);
  }

  /** Leaves out `count` frames from `from` on; what follows moves up. */
  remove(from: number, count: number): void {
    const next = Math.min(this.frameCount, from + count);
    for (const samples of this.channels) samples.copyWithin(from, next, this.frameCount);
    this.frameCount -= next - from;
  }

  /** The frames of [start, end), clamped to what there is. The buffer is not to be used after this. */
  take(start: number, end: number): Float32Array[] {
    return this.channels.map((samples) => samples.subarray(start, Math.max(start, Math.min(end, this.frameCount))));
  }

  private extend(addedFrames: number): void {
    const frameCount = this.frameCount + addedFrames;
    if (frameCount > this.maxFrames) {
      checkDuration(Math.max(frameCount, this.expectedFrames), this.sampleRate, this.channelCount);
    }
    const room = this.channels[0]?.length ?? 0;
    if (frameCount > room) {
      const newRoom = Math.min(this.maxFrames, Math.max(frameCount, room * 2));
      this.channels = this.channels.map((samples) => {
        const larger = new Float32Array(newRoom);
        larger.set(samples);
        return larger;
      });
    }
    this.frameCount = frameCount;
  }
}
