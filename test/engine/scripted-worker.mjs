// A worker program whose behaviour the prompt names. "hold <name>" ends when the test posts that name.
import { readFileSync, writeFileSync } from "node:fs";
import { BroadcastChannel, parentPort } from "node:worker_threads";

const report = (message, progress = 0.5) =>
  parentPort.postMessage({ kind: "report", report: { progress, message, level: "INFO" } });

const finish = (task) => {
  writeFileSync(task.resultPath, typeof task.audio === "string" ? readFileSync(task.audio) : task.audio);
  const result = { durationSeconds: 1, sampleRate: 8000, channels: 1, matchScore: 0, format: "wav" };
  parentPort.postMessage({ kind: "result", result });
};

const fault = {
  type: "unsupported_audio_format",
  loc: ["body", "audio_url"],
  message: "Not audio",
  ctx: { supported_formats: ["wav"] },
};

parentPort.on("message", (task) => {
  const [action, name] = task.prompt.split(" ");
  if (action === "decode-forever") for (;;);
  report(`started ${task.prompt}`, 0.1);
  if (action === "die") process.exit(3);
  if (action === "throw") throw new Error("a bug");
  if (action === "spin") for (;;);
  if (action === "hoard") for (const all = []; ; ) all.push(new Array(100_000).fill(all.length));
  if (action === "refuse") return parentPort.postMessage({ kind: "audio-fault", fault });
  if (action === "crash") return parentPort.postMessage({ kind: "crash", message: "a secret stack" });
  if (action === "chatter") for (let line = 1; line <= 50; line++) report(`line ${line}`);
  if (action !== "hold") {
    report("halfway");
    return finish(task);
  }
  const channel = new BroadcastChannel("scripted-worker");
  channel.onmessage = ({ data }) => {
    if (data !== name) return;
    channel.close();
    report("released", 0.9);
    finish(task);
  };
  report(`holding ${name}`);
});
