// @ts-check
// fal's own client following jobs to their end. Arguments: where the upstream is, how many jobs, "polling" or
// "streaming", and where fal's proxy is, if there is one. Told to run, all of them or so many, it answers with how long
// each line took to the handler, and the CPU time that took.
import { createFalClient, withProxy } from "@fal-ai/client";
import { millisecondsSince } from "./measure.mjs";
import { tellParent } from "./processes.mjs";

const [upstreamUrl = "", jobs = "", mode = "", proxyUrl] = process.argv.slice(2);
const fal = createFalClient({
  credentials: "id:secret",
  suppressLocalCredentialsWarning: true,
  ...(proxyUrl && { requestMiddleware: withProxy({ targetUrl: proxyUrl, when: "always" }) }),
  fetch: (input, init) => {
    if (proxyUrl) return fetch(input, init);
    const { pathname, search } = new URL(String(input));
    return fetch(`${upstreamUrl}${pathname}${search}`, init);
  },
});

async function followOne() {
  /** @type {number[]} */
  const latencies = [];
  let seen = 0;
  await fal.subscribe("fal-ai/stable-audio-25/inpaint", {
    input: { prompt: "rain", audio_url: "https://files.example/clip.wav" },
    logs: true,
    mode: mode === "streaming" ? "streaming" : "polling",
    onQueueUpdate: (update) => {
      const lines = "logs" in update ? (update.logs ?? []) : [];
      // Each time the whole log: a poll shows it so, and for a stream the client puts it together.
      for (const { message } of lines.slice(seen)) {
        latencies.push(millisecondsSince(message.split(" ")[1] ?? "0"));
        seen += 1;
      }
    },
  });
  return latencies;
}

process.on("message", async (/** @type {"run" | { jobs: number }} */ message) => {
  const count = message === "run" ? Number(jobs) : message.jobs;
  const before = process.cpuUsage();
  const latencies = (await Promise.all(Array.from({ length: count }, followOne))).flat();
  const { user, system } = process.cpuUsage(before);
  tellParent({ latencies, cpuMilliseconds: (user + system) / 1_000 });
});
tellParent("ready");
