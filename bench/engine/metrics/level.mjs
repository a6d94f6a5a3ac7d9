// @ts-check

/** RMS over all channels between two samples, in dB of full scale. @param {Float32Array[]} channels @param {number} from @param {number} to */
export function levelDb(channels, from, to) {
  let sum = 0;
  let count = 0;
  for (const samples of channels) {
    const end = Math.min(samples.length, Math.round(to));
    for (let n = Math.max(0, Math.round(from)); n < end; n++, count++) sum += samples[n] ** 2;
  }
  return 10 * Math.log10(sum / Math.max(1, count) + 1e-12);
}
