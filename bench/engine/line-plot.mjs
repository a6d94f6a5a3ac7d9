// @ts-check

const WIDTH = 560;
const HEIGHT = 320;
const MARGIN = { left: 56, right: 16, top: 36, bottom: 44 };
const COLOURS = ["#1f5fa8", "#b5452c"];

/** @typedef {{ name: string, points: [x: number, y: number][] }} Series */

/**
 * A line plot as an SVG document, both axes from 0.
 *
 * @param {{ title: string, xLabel: string, yLabel: string, series: Series[] }} plot
 */
export function linePlot({ title, xLabel, yLabel, series }) {
  const points = series.flatMap((one) => one.points);
  const xTicks = ticks(Math.max(...points.map(([x]) => x)));
  const yTicks = ticks(Math.max(...points.map(([, y]) => y)));
  const innerWidth = WIDTH - MARGIN.left - MARGIN.right;
  const innerHeight = HEIGHT - MARGIN.top - MARGIN.bottom;
  const xOf = (/** @type {number} */ x) => MARGIN.left + (innerWidth * x) / xTicks[xTicks.length - 1];
  const yOf = (/** @type {number} */ y) => HEIGHT - MARGIN.bottom - (innerHeight * y) / yTicks[yTicks.length - 1];
  const bottom = HEIGHT - MARGIN.bottom;
  const text = (/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ label, anchor = "middle") =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${withoutMarkup(label)}</text>`;
  const lines = [
    ...xTicks.map((x) => text(xOf(x), bottom + 16, String(x))),
    ...yTicks.map((y) => {
      const at = yOf(y).toFixed(1);
      return `<path d="M${MARGIN.left} ${at}H${WIDTH - MARGIN.right}" stroke="#ddd"/>${text(MARGIN.left - 6, yOf(y) + 4, String(y), "end")}`;
    }),
    text(WIDTH / 2, HEIGHT - 8, xLabel),
    text(8, 20, `${title} (${yLabel})`, "start"),
    ...series.map(({ name, points: own }, i) => {
      const colour = COLOURS[i % COLOURS.length];
      const path = own.map(([x, y], n) => `${n === 0 ? "M" : "L"}${xOf(x).toFixed(1)} ${yOf(y).toFixed(1)}`).join("");
      const dots = own.map(
        ([x, y]) => `<circle cx="${xOf(x).toFixed(1)}" cy="${yOf(y).toFixed(1)}" r="3" fill="${colour}"/>`,
      );
      const legend = `<g fill="${colour}">${text(MARGIN.left + 8, MARGIN.top + 14 + 16 * i, name, "start")}</g>`;
      return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}${legend}`;
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>${withoutMarkup(title)}</title>
<rect width="100%" height="100%" fill="#fff"/>
${lines.join("\n")}
</svg>
`;
}

/** 0 and four to eight round steps that reach the largest value. @param {number} largest */
function ticks(largest) {
  const magnitude = 10 ** Math.floor(Math.log10(largest));
  const step = [0.2, 0.5, 1, 2].map((unit) => unit * magnitude).find((size) => largest / size <= 6) ?? magnitude;
  return Array.from({ length: Math.ceil(largest / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

/** @param {string} label */
function withoutMarkup(label) {
  return label.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
