/** The worker thread's program: takes one task at a time, tells how it goes, and gives the audio back. */
import { parentPort } from "node:worker_threads";
import { AudioError } from "./inpainting/audio-error.js";
import { inpaint } from "./inpainting/inpaint.js";
import type { WorkerReply, WorkerRequest, WorkReport } from "./worker-messages.js";

if (parentPort === null) throw new Error("inpaint-worker is the program of a worker thread, not of a process");
const port = parentPort;
port.on("message", (task: WorkerRequest) => {
  work(task).then(
    (reply) => port.postMessage(reply, reply.kind === "result" ? transferables(reply.result.wav) : []),
    (error: unknown) => port.postMessage(replyTo(error)),
  );
});

async function work(task: WorkerRequest): Promise<WorkerReply> {
  const report = (entry: WorkReport) => port.postMessage({ kind: "report", report: entry } satisfies WorkerReply);
  return { kind: "result", result: await inpaint(task, report) };
}

function replyTo(error: unknown): WorkerReply {
  if (error instanceof AudioError) {
    const { type, loc, message, ctx } = error;
    return { kind: "audio-fault", fault: { type, loc, message, ...(Object.keys(ctx).length > 0 ? { ctx } : {}) } };
  }
  return { kind: "crash", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** A view into a larger buffer is copied: its other parts may still be needed here. */
function transferables({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
