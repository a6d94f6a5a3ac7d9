// @ts-check
// The least that the same four exchanges cost with undici: a submission on a connection of its own, the status stream to
// its end, the status, the result. Nothing is decoded but JSON, nothing checked, nothing kept. Arguments: where the
// upstream is, how many jobs. Told to run, it answers with how long each line took, and the CPU time that took.
import { Agent, request } from "undici";
import { millisecondsSince } from "./measure.mjs";
import { tellParent } from "./processes.mjs";

const [upstreamUrl = "", jobs = ""] = process.argv.slice(2);
const ENDPOINT = `${upstreamUrl}/fal-ai/stable-audio-25`;
const opening = new Agent({ pipelining: 0 });
const keeping = new Agent({ keepAliveTimeout: 10_000 });
const headers = { accept: "application/json", "content-type": "application/json" };

/** @param {string} url @returns {Promise<any>} */
async function get(url) {
  const { body } = await request(url, { dispatcher: keeping, headers });
  return body.json();
}

async function followOne() {
  /** @type {number[]} */
  const latencies = [];
  const input = JSON.stringify({ prompt: "rain", audio_url: "https://files.example/clip.wav" });
  const { body } = await request(`${ENDPOINT}/inpaint`, { dispatcher: opening, method: "POST", headers, body: input });
  const { request_id: id } = /** @type {{ request_id: string }} */ (await body.json());
  const url = `${ENDPOINT}/requests/${id}`;
  const stream = await request(`${url}/status/stream?logs=1`, {
    dispatcher: keeping,
    headers: { accept: "text/event-stream" },
  });
  stream.body.setEncoding("utf8");
  let buffered = "";
  for await (const text of stream.body) {
    const events = (buffered + text).split("\n\n");
    buffered = events.pop() ?? "";
    for (const event of events) {
      for (const { message } of JSON.parse(event.slice("data: ".length)).logs) {
        latencies.push(millisecondsSince(message.split(" ")[1]));
      }
    }
  }
  await get(`${url}/status?logs=1`);
  await get(url);
  return latencies;
}

process.on("message", async () => {
  const before = process.cpuUsage();
  const latencies = (await Promise.all(Array.from({ length: Number(jobs) }, followOne))).flat();
  const { user, system } = process.cpuUsage(before);
  tellParent({ latencies, cpuMilliseconds: (user + system) / 1_000 });
});
tellParent("ready");
