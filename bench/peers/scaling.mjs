// @ts-check
// How cost grows: one job with ever more watchers, one history with ever more jobs. Prints both tables and draws them into
// bench/results: npm run bench:scaling, or one of them: npm run bench:scaling -- watchers, history
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { printTable, rounded } from "../support/measure.mjs";
import { startWorker } from "../support/processes.mjs";
import { pageCells, timePages } from "../support/time-pages.mjs";
import { drawLines } from "./draw-lines.mjs";
import { PUNCHIN } from "./servers.mjs";
import { BURST_CPU, HEAP, LAST, measureWatchers, SINGLE_CPU, SUBSCRIBE } from "./watchers.mjs";

const WATCHERS = [100, 1_000, 10_000];
const JOBS = [1_000, 100_000, 1_000_000];
const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));

async function growWatchers() {
  const figures = [];
  for (const watchers of WATCHERS) figures.push({ watchers, ...(await measureWatchers(PUNCHIN, watchers)) });
  printTable(
    figures.map((one) => ({
      watchers: rounded(one.watchers),
      [LAST]: rounded(one[LAST]),
      [SUBSCRIBE]: rounded(one[SUBSCRIBE]),
      [SINGLE_CPU]: rounded(one[SINGLE_CPU]),
      [BURST_CPU]: rounded(one[BURST_CPU]),
      [HEAP]: rounded(one[HEAP]),
    })),
  );
  const series = { "subscribe all": SUBSCRIBE, "one line to the last of them": LAST };
  await draw("watchers.svg", {
    title: "One job, ever more watchers",
    x: "watchers",
    y: "ms",
    points: Object.entries(series).flatMap(([name, figure]) =>
      figures.map((one) => ({ series: name, x: one.watchers, y: /** @type {any} */ (one)[figure] })),
    ),
  });
}

async function growHistory() {
  const folder = await mkdtemp(join(tmpdir(), "punchin-scaling-"));
  const figures = [];
  let stored = 0;
  for (const jobs of JOBS) {
    const filler = await startWorker("history-filler.mjs", folder);
    await filler.ask({ from: stored, to: jobs });
    await filler.stop();
    stored = jobs;
    figures.push({ jobs, times: await timePages(folder, jobs) });
  }
  await rm(folder, { recursive: true, force: true });
  printTable(figures.map(({ jobs, times }) => ({ "stored jobs": rounded(jobs), ...pageCells(times) })));
  await draw("history.svg", {
    title: "A page of 50 jobs, ever more stored (SQLite)",
    x: "stored jobs",
    y: "p50 ms",
    points: figures.flatMap(({ jobs, times }) =>
      Object.entries(times).map(([name, { p50 }]) => ({ series: name, x: jobs, y: p50 })),
    ),
  });
}

/** @param {string} fileName @param {import("./draw-lines.mjs").Drawing} drawing */
async function draw(fileName, drawing) {
  await writeFile(join(RESULTS, fileName), drawLines(drawing));
}

const chosen = process.argv.slice(2);
if (chosen.length === 0 || chosen.includes("watchers")) await growWatchers();
if (chosen.length === 0 || chosen.includes("history")) await growHistory();
