// @ts-check
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const COLOURS = ["#1f5fa8", "#b5452c", "#3c7d3a"];

/** @typedef {{ title: string, x: string, y: string, points: { series: string, x: number, y: number }[] }} Drawing */

/**
 * Lines on logarithmic axes as an SVG document. What grows in proportion is as steep as the dashed line; what does not
 * grow is flat.
 * @param {Drawing} drawing
 */
export function drawLines({ title, x, y, points }) {
  const { document } = parseHTML("<html><body></body></html>");
  const least = points.reduce((one, other) => (other.x < one.x ? other : one));
  const most = points.reduce((one, other) => (other.x > one.x ? other : one));
  const proportional = [least, { x: most.x, y: (least.y * most.x) / least.x }];
  const heights = points.map((point) => point.y);
  const series = [...new Set(points.map((point) => point.series))];
  const svg = Plot.plot({
    document,
    width: 560,
    height: 340,
    marginLeft: 48,
    marginTop: 32,
    marginBottom: 40,
    style: { fontSize: "12px", background: "white", color: "black" },
    x: { type: "log", label: x, tickFormat: "~s", ticks: 4 },
    y: {
      type: "log",
      label: null,
      grid: true,
      tickFormat: "~g",
      ticks: 4,
      domain: [Math.min(...heights) / 2, Math.max(...heights) * 8],
    },
    color: { domain: series, range: COLOURS },
    marks: [
      Plot.line(proportional, { x: "x", y: "y", stroke: "#999", strokeDasharray: "4 4", clip: true }),
      Plot.line(points, { x: "x", y: "y", stroke: "series", strokeWidth: 2, marker: "dot" }),
      Plot.text([`${title}, ${y}`], { frameAnchor: "top-left", dy: -26, fontSize: 14 }),
      ...series.map((name, index) =>
        Plot.text([name], { frameAnchor: "top-left", dx: 8, dy: 4 + 16 * index, fill: COLOURS[index] }),
      ),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${svg.outerHTML}\n`;
}
