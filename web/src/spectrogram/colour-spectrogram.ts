import type { SpectrogramImage } from "./draw-spectrogram";

/** From silence to the loudest: dark, violet, orange, pale. Lightness alone tells the level, too. */
const COLOURS: readonly (readonly [number, number, number])[] = [
  [10, 10, 18],
  [58, 22, 94],
  [150, 44, 96],
  [232, 108, 52],
  [252, 244, 190],
];

/** Red, green, blue and alpha of each pixel, row by row from the top, where the highest pitch is. */
export function colourSpectrogram({ columns, rows, levels }: SpectrogramImage): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(columns * rows * 4);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const place = ((levels[row * columns + column] ?? 0) / 255) * (COLOURS.length - 1);
      const below = Math.min(Math.floor(place), COLOURS.length - 2);
      const pixel = ((rows - 1 - row) * columns + column) * 4;
      for (let part = 0; part < 3; part++) {
        const [from, to] = [COLOURS[below]?.[part] ?? 0, COLOURS[below + 1]?.[part] ?? 0];
        pixels[pixel + part] = from + (to - from) * (place - below);
      }
      pixels[pixel + 3] = 255;
    }
  }
  return pixels;
}
