import type { Analysis, AnalysisTask } from "./analysis.worker";
import AnalysisWorker from "./analysis.worker?worker";
import { copyChannels } from "./copy-channels";
import { runInWorker } from "./run-in-worker";

/** Looks at a clip in a thread of its own: minutes of audio would hold up the page. */
export async function analyze(
  buffer: AudioBuffer,
  against?: { buffer: AudioBuffer; maskStart: number; maskEnd: number },
): Promise<Analysis> {
  const channels = await copyChannels(buffer);
  const original = against === undefined ? [] : await copyChannels(against.buffer);
  const task: AnalysisTask = {
    channels,
    sampleRate: buffer.sampleRate,
    ...(against && { against: { channels: original, maskStart: against.maskStart, maskEnd: against.maskEnd } }),
  };
  return runInWorker(new AnalysisWorker(), task, [...channels, ...original]);
}
