// @ts-check

const WIDTH = 900;
const HEIGHT = 120;

/**
 * A recording's outline as inline SVG: for each pixel the lowest and highest sample of all channels, the mask shaded,
 * and a line at the left that a player may move.
 *
 * @param {Float32Array[]} channels
 * @param {{ start: number, end: number }} mask In samples.
 * @param {number} sampleRate
 */
export function waveform(channels, { start, end }, sampleRate) {
  const length = channels[0].length;
  const columns = Array.from({ length: WIDTH }, (_, x) => {
    let [low, high] = [0, 0];
    for (const samples of channels) {
      for (let n = Math.floor((x * length) / WIDTH); n < ((x + 1) * length) / WIDTH; n++) {
        if (samples[n] < low) low = samples[n];
        if (samples[n] > high) high = samples[n];
      }
    }
    const yOf = (/** @type {number} */ value) => ((1 - Math.max(-1, Math.min(1, value))) * (HEIGHT / 2)).toFixed(1);
    return `M${x + 0.5} ${yOf(high)}V${yOf(low)}`;
  });
  const left = (WIDTH * start) / length;
  const width = (WIDTH * (end - start)) / length;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Waveform, the mask shaded" data-seconds="${length / sampleRate}">
<rect x="${left.toFixed(1)}" width="${width.toFixed(1)}" height="${HEIGHT}" fill="#f0a830" fill-opacity="0.4"/>
<path d="${columns.join("")}" stroke="#3f7fc8"/>
<line y2="${HEIGHT}" stroke="#c02020" stroke-width="2"/>
</svg>`;
}
