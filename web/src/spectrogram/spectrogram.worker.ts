import { colourSpectrogram } from "./colour-spectrogram";
import { drawSpectrogram } from "./draw-spectrogram";

export interface SpectrogramTask {
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
}

/** Ready to be put on a canvas. */
export interface SpectrogramPicture {
  readonly columns: number;
  readonly rows: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

addEventListener("message", ({ data: { channels, sampleRate } }: MessageEvent<SpectrogramTask>) => {
  const image = drawSpectrogram(channels, sampleRate);
  const pixels = colourSpectrogram(image);
  const picture: SpectrogramPicture = { columns: image.columns, rows: image.rows, pixels };
  postMessage(picture, { transfer: [pixels.buffer] });
});
