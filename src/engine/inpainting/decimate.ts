/** Half-length of the low-pass in output samples: only the lower two thirds of the new band are read, so short is enough. */
const HALF_TAPS = 3;

/** Held at once, in samples: 6 s at 11 kHz. */
const STRETCH_LENGTH = 65_536;

/**
 * Channels of which every `factor`-th sample is kept after a windowed-sinc low-pass at 0.45 of the new rate. For analysis
 * only. Made stretch by stretch as it is asked for, so that no second copy of the recording is ever held: read it from front
 * to back.
 */
export class DecimatedChannels {
  /** The stretch that is held; its first sample stands at position `start`. */
  stretch: readonly Float32Array[];
  start = 0;
  private readonly length: number;
  private readonly taps: Float64Array;
  private readonly room: readonly Float32Array[];

  constructor(
    private readonly channels: readonly Float32Array[],
    private readonly factor: number,
  ) {
    this.length = Math.ceil((channels[0]?.length ?? 0) / factor);
    this.taps = lowPass(factor);
    this.room = factor === 1 ? channels : channels.map(() => new Float32Array(Math.min(this.length, STRETCH_LENGTH)));
    // What is not decimated is all there.
    this.stretch = factor === 1 ? channels : channels.map(() => new Float32Array(0));
  }

  /** Makes sure that `size` samples from `from` on are held, those that exist; `size` at most 65,536. */
  moveTo(from: number, size: number): void {
    const first = Math.max(0, from);
    const held = this.start + (this.stretch[0]?.length ?? 0);
    if (first >= this.start && Math.min(this.length, from + size) <= held) return;
    const count = Math.max(0, Math.min(this.length - first, STRETCH_LENGTH));
    this.start = first;
    this.stretch = this.room.map((room, channel) => {
      const output = room.subarray(0, count);
      decimate(this.channels[channel] as Float32Array, this.factor, this.taps, first, output);
      return output;
    });
  }
}

function lowPass(factor: number): Float64Array {
  const half = HALF_TAPS * factor;
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const x = ((i - half) / factor) * 0.9;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    return sinc * (0.5 + 0.5 * Math.cos((Math.PI * (i - half)) / (half + 1)));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** Fills `output` with the decimated samples from position `from` on. */
function decimate(samples: Float32Array, factor: number, taps: Float64Array, from: number, output: Float32Array): void {
  const half = HALF_TAPS * factor;
  const lastInner = samples.length - 1 - half;
  for (let n = 0; n < output.length; n++) {
    const centre = (from + n) * factor;
    let value = (samples[centre] as number) * (taps[half] as number);
    if (centre >= half && centre <= lastInner) {
      for (let i = 1; i <= half; i++) {
        value += ((samples[centre - i] as number) + (samples[centre + i] as number)) * (taps[half + i] as number);
      }
    } else {
      for (let i = 1; i <= half; i++) {
        value += ((samples[centre - i] ?? 0) + (samples[centre + i] ?? 0)) * (taps[half + i] as number);
      }
    }
    output[n] = value;
  }
}
