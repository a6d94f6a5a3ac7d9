import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { json, LiveStream } from "../../support/scripted-upstream.js";
import { OUTPUT, RESULT, STATUS, STREAM } from "../fal/fal-testkit.js";
import { COMPLETED, line, RUNNING, startTracking } from "./tracker-testkit.js";

/** Together far more than the system's own buffers for a connection hold. */
const EVENTS = 200;
const EVENT_BYTES = 400_000;

/** Client and server share this process's event loop: what a client still wanted to take would move in some turn. */
async function atRest(measure: () => number): Promise<number> {
  let last = measure();
  for (let still = 0; still < 500; still++) {
    await nextTurn();
    if (measure() !== last) still = 0;
    last = measure();
  }
  return last;
}

it("takes no more from upstream than a slow store can keep, and loses nothing of it", async () => {
  const tracking = await startTracking();
  const { upstream, tracker } = tracking;
  const stream = new LiveStream();
  upstream.on(STREAM, stream.reply);
  const job = await tracking.submitted();
  let release = () => {};
  tracking.storeHold = new Promise((resolve) => {
    release = resolve;
  });

  tracker.track(job);
  await stream.opened;
  const lines = Array.from({ length: EVENTS }, (_, second) => line(second, `line ${second}`));
  for (const log of lines) stream.send({ ...RUNNING, logs: [log], padding: "x".repeat(EVENT_BYTES) });

  expect(await atRest(() => stream.untakenBytes)).toBeGreaterThan((EVENTS * EVENT_BYTES) / 2);

  upstream.on(STATUS, json(200, { ...COMPLETED, logs: lines }));
  upstream.on(RESULT, json(200, OUTPUT));
  stream.send({ ...COMPLETED });
  stream.end();
  release();
  await tracking.finished();
  expect(await tracking.messages(job)).toEqual(lines.map(({ message }) => message));
});
