// @ts-check
// Submits jobs as fast as the server takes them, and watches each on a connection of its own to its end. Tells when all are
// watched; in the end how long each line took from upstream to its watcher, and who missed a line or had one twice.
import { Agent, request } from "undici";
import { millisecondsSince, nowNanoseconds } from "./measure.mjs";
import { tellParent } from "./processes.mjs";
import { watchRaw } from "./raw-watcher.mjs";

/** How many jobs are being submitted, and their watchers opened, at a time. */
const CLIENTS = 16;

const BODY = JSON.stringify({
  query: "mutation ($input: InpaintAudioInput!) { inpaintAudio(input: $input) { job { id } userErrors { message } } }",
  variables: { input: { prompt: "rain", audioUrl: "https://files.example/clip.wav", maskStart: 2, maskEnd: 4 } },
});

/** @typedef {{ url: string, jobs: number, lines: number }} Order */

/** @param {Order} order */
async function follow({ url, jobs, lines }) {
  const agent = new Agent({ connections: CLIENTS });
  /** @type {number[]} */
  const latencies = [];
  /** @type {Promise<void>[]} */
  const ends = [];
  let inexact = 0;

  const submit = async () => {
    const { body } = await request(url, {
      dispatcher: agent,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: BODY,
    });
    return /** @type {any} */ (await body.json()).data.inpaintAudio.job.id;
  };
  const submitAndWatch = async () => {
    let seen = 0;
    let exact = true;
    const { done } = await watchRaw(url, await submit(), (bytes, start, end) => {
      const text = bytes.toString("latin1", start, end);
      for (const [, number, stamp = "0"] of text.matchAll(/"message":"(\d+) (\d+)"/g)) {
        seen += 1;
        exact &&= Number(number) === seen;
        latencies.push(millisecondsSince(stamp));
      }
    });
    ends.push(
      done.then(() => {
        if (!exact || seen !== lines) inexact += 1;
      }),
    );
  };

  const startedAt = nowNanoseconds();
  let started = 0;
  const client = async () => {
    while (started < jobs) {
      started += 1;
      await submitAndWatch();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const startSeconds = millisecondsSince(startedAt) / 1_000;
  tellParent("watched");
  await Promise.all(ends);
  await agent.destroy();
  return { startSeconds, latencies, inexact };
}

process.on("message", async (/** @type {Order} */ order) => tellParent(await follow(order)));
tellParent("ready");
