import { asFloat32, type ChannelSamples } from "./decoded-audio.js";
import type { FillSpan } from "./mask.js";

/**
 * The material a fill is made from: the clip at the result's length, with the masked span silenced, so that nothing
 * downstream can read what was there.
 */
export interface Recording {
  /** Full scale = 1, each `gap.total` frames long, zero inside the gap. */
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
  readonly gap: FillSpan;
  /** Mean square of the known samples over all channels. */
  readonly meanPower: number;
}

/** True when every frame of [start, end) exists and lies outside the gap. */
export function isKnownSpan({ gap }: Recording, start: number, end: number): boolean {
  return start >= 0 && end <= gap.total && (end <= gap.start || start >= gap.end);
}

/**
 * Brings each channel, at the result's length already, to Float32 and silences the gap. One that is Float32 is not copied
 * but silenced in place: nobody needs what was in the gap.
 */
export function createRecording(sources: readonly ChannelSamples[], sampleRate: number, gap: FillSpan): Recording {
  const channels = sources.map((source) => asFloat32(source).fill(0, gap.start, gap.end));
  const known = (gap.total - (gap.end - gap.start)) * channels.length;
  const energy = channels.reduce((sum, samples) => sum + channelEnergy(samples), 0);
  return { channels, sampleRate, gap, meanPower: energy / Math.max(1, known) };
}

function channelEnergy(samples: Float32Array): number {
  let sum = 0;
  for (let n = 0; n < samples.length; n++) sum += (samples[n] as number) ** 2;
  return sum;
}
