import { drawSpectrogram } from "./draw-spectrogram";

export interface SpectrogramTask {
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
}

addEventListener("message", ({ data: { channels, sampleRate } }: MessageEvent<SpectrogramTask>) => {
  postMessage(drawSpectrogram(channels, sampleRate));
});
