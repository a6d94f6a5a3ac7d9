// @ts-check
// Many watchers of one job, each on a connection of its own. Told to open some, it answers once all have had their first
// update; told of lines, once every watcher has had so many more; both with the milliseconds that took. Told to leave, all
// of them go.
import { millisecondsSince, nowNanoseconds } from "./measure.mjs";
import { tellParent } from "./processes.mjs";
import { watchRaw } from "./raw-watcher.mjs";

/** How many connections are being opened at a time. */
const OPENING = 64;
const LINE = '"message":"';

/** @type {Awaited<ReturnType<typeof watchRaw>>[]} */
let watchers = [];
let frames = 0;
let missing = 0;
/** @type {(stamp: string) => void} */
let onLast = () => {};

/** @param {Buffer} bytes @param {number} start @param {number} end */
function onNext(bytes, start, end) {
  if (missing === 0) return;
  frames += 1;
  let lastAt = -1;
  for (let at = bytes.indexOf(LINE, start); at >= 0 && at < end; at = bytes.indexOf(LINE, at + LINE.length)) {
    lastAt = at;
    missing -= 1;
  }
  if (missing === 0 && lastAt >= 0) onLast(/\d+ (\d+)/.exec(bytes.toString("latin1", lastAt, lastAt + 60))?.[1] ?? "0");
}

/** @param {{ url: string, jobId: string, open: number }} order */
async function openWatchers({ url, jobId, open }) {
  const startedAt = nowNanoseconds();
  let started = 0;
  const opener = async () => {
    while (started < open) {
      started += 1;
      watchers.push(await watchRaw(url, jobId, onNext));
    }
  };
  await Promise.all(Array.from({ length: OPENING }, opener));
  return { milliseconds: millisecondsSince(startedAt) };
}

/** From the moment that the last of the lines came about. @param {number} lines */
function awaitLines(lines) {
  frames = 0;
  missing = lines * watchers.length;
  return new Promise((resolve) => {
    onLast = (stamp) =>
      resolve({ milliseconds: millisecondsSince(stamp), framesPerLine: frames / (lines * watchers.length) });
  });
}

async function leave() {
  for (const { stop } of watchers) stop();
  await Promise.all(watchers.map(({ done }) => done));
  watchers = [];
  return "left";
}

process.on("message", async (/** @type {any} */ order) => {
  // It counts from now on, whoever tells upstream to go on.
  if (typeof order === "object" && "lines" in order) {
    const all = awaitLines(order.lines);
    tellParent("counting");
    tellParent(await all);
  } else tellParent(order === "leave" ? await leave() : await openWatchers(order));
});
tellParent("ready");
