import { encodeWav } from "./encode-wav";

export interface WavTask {
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
}

addEventListener("message", ({ data: { channels, sampleRate } }: MessageEvent<WavTask>) => {
  postMessage(encodeWav(channels, sampleRate));
});
