import type { Analysis, AnalysisTask } from "./analysis.worker";
import AnalysisWorker from "./analysis.worker?worker";

/** Looks at a clip in a thread of its own, which ends with the answer: minutes of audio would hold up the page. */
export function analyze(buffer: AudioBuffer, against?: { buffer: AudioBuffer; maskStart: number; maskEnd: number }) {
  return new Promise<Analysis>((resolve, reject) => {
    const worker = new AnalysisWorker();
    worker.onmessage = ({ data }: MessageEvent<Analysis>) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = (event) => {
      worker.terminate();
      reject(new Error(event.message));
    };
    const task: AnalysisTask = {
      channels: copyChannels(buffer),
      sampleRate: buffer.sampleRate,
      ...(against && {
        against: { channels: copyChannels(against.buffer), maskStart: against.maskStart, maskEnd: against.maskEnd },
      }),
    };
    const buffers = [...task.channels, ...(task.against?.channels ?? [])].map(
      (channel) => channel.buffer as ArrayBuffer,
    );
    worker.postMessage(task, buffers);
  });
}

/** For a worker to take over: what the player plays from must stay. */
export function copyChannels(buffer: AudioBuffer): Float32Array[] {
  return Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel).slice());
}
