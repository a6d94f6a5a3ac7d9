import type { ClipSummary } from "./clip";

/** Enough for a wide screen at four times zoom. */
const SLICES = 8_000;

/** @param channels samples of each channel, all of one length */
export function summarize(channels: readonly Float32Array[], sampleRate: number): ClipSummary {
  const frames = channels[0]?.length ?? 0;
  const slices = Math.max(1, Math.min(SLICES, frames));
  const up = new Float32Array(slices);
  const down = new Float32Array(slices);
  for (const channel of channels) {
    for (let slice = 0; slice < slices; slice++) {
      const end = Math.floor(((slice + 1) * frames) / slices);
      let highest = 0;
      let lowest = 0;
      for (let frame = Math.floor((slice * frames) / slices); frame < end; frame++) {
        const sample = channel[frame] ?? 0;
        if (sample > highest) highest = sample;
        else if (sample < lowest) lowest = sample;
      }
      up[slice] = Math.max(up[slice] ?? 0, highest);
      down[slice] = Math.max(down[slice] ?? 0, -lowest);
    }
  }
  return { peaks: [up, down], loudestSeconds: loudestSecond(channels, sampleRate) };
}

/** Middle of the second with the most energy. */
function loudestSecond(channels: readonly Float32Array[], sampleRate: number): number {
  const energies = new Float64Array(Math.ceil((channels[0]?.length ?? 0) / sampleRate));
  for (const channel of channels) {
    for (let frame = 0; frame < channel.length; frame++) {
      const second = Math.floor(frame / sampleRate);
      energies[second] = (energies[second] ?? 0) + (channel[frame] ?? 0) ** 2;
    }
  }
  return energies.indexOf(Math.max(...energies, 0)) + 0.5;
}
