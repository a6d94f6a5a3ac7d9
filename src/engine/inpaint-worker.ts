/** The worker thread's program: takes one task at a time, tells how it goes, and writes the audio where it is told to. */
import { closeSync, openSync, writeFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { collectGarbage } from "./collect-garbage.js";
import { FileBytes } from "./file-bytes.js";
import { AudioError } from "./inpainting/audio-error.js";
import { inpaint } from "./inpainting/inpaint.js";
import type { WorkerReply, WorkerRequest, WorkReport } from "./worker-messages.js";

if (parentPort === null) throw new Error("inpaint-worker is the program of a worker thread, not of a process");
const port = parentPort;
port.on("message", (task: WorkerRequest) => {
  work(task)
    .catch(replyTo)
    .then((reply) => {
      port.postMessage(reply);
      setImmediate(collectGarbage);
    });
});

async function work({ audio, resultPath, ...task }: WorkerRequest): Promise<WorkerReply> {
  const report = (entry: WorkReport) => port.postMessage({ kind: "report", report: entry } satisfies WorkerReply);
  const source = typeof audio === "string" ? new FileBytes(audio) : null;
  try {
    const target = openSync(resultPath, "w");
    try {
      const bytes = source ?? (audio as Uint8Array);
      const result = await inpaint({ ...task, bytes }, report, (piece) => writeFileSync(target, piece));
      return { kind: "result", result };
    } finally {
      closeSync(target);
    }
  } finally {
    source?.close();
  }
}

function replyTo(error: unknown): WorkerReply {
  if (error instanceof AudioError) {
    const { type, loc, message, ctx } = error;
    return { kind: "audio-fault", fault: { type, loc, message, ...(Object.keys(ctx).length > 0 ? { ctx } : {}) } };
  }
  return { kind: "crash", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
