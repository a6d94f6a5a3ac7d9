import { copyChannels } from "./copy-channels";
import { runInWorker } from "./run-in-worker";
import type { WavTask } from "./wav.worker";
import WavWorker from "./wav.worker?worker";

/** The audio as a WAV file. */
export async function toWav(buffer: AudioBuffer): Promise<ArrayBuffer> {
  const channels = await copyChannels(buffer);
  const task: WavTask = { channels, sampleRate: buffer.sampleRate };
  return runInWorker(new WavWorker(), task, channels);
}
