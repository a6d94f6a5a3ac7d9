import { useEffect, useRef } from "react";
import { copyChannels } from "../audio/analyze";
import type { AbPlayer } from "../player/ab-player";
import { useFrames } from "../player/use-frames";
import type { SpectrogramImage } from "./draw-spectrogram";
import type { SpectrogramTask } from "./spectrogram.worker";
import SpectrogramWorker from "./spectrogram.worker?worker";

interface Props {
  readonly buffer: AudioBuffer;
  readonly player: AbPlayer;
}

/** One clip's pitches over time, as wide as its container, with a cursor. Loaded when it is first asked for. */
export function Spectrogram({ buffer, player }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const worker = new SpectrogramWorker();
    worker.onmessage = ({ data }: MessageEvent<SpectrogramImage>) => {
      worker.terminate();
      if (canvas.current !== null) paint(canvas.current, data);
    };
    const task: SpectrogramTask = { channels: copyChannels(buffer), sampleRate: buffer.sampleRate };
    worker.postMessage(
      task,
      task.channels.map((channel) => channel.buffer as ArrayBuffer),
    );
    return () => worker.terminate();
  }, [buffer]);

  useFrames(player, (position) => {
    const share = Math.min(1, position / buffer.duration);
    if (cursor.current !== null) cursor.current.style.left = `${share * 100}%`;
  });

  return (
    <div className="spectrogram" aria-hidden="true">
      <canvas ref={canvas} />
      <div ref={cursor} className="spectrogram-cursor" />
    </div>
  );
}

/** From silence to the loudest: dark, violet, orange, pale. Lightness alone tells the level, too. */
const COLOURS: readonly (readonly [number, number, number])[] = [
  [10, 10, 18],
  [58, 22, 94],
  [150, 44, 96],
  [232, 108, 52],
  [252, 244, 190],
];

function paint(canvas: HTMLCanvasElement, { columns, rows, levels }: SpectrogramImage): void {
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const place = ((levels[row * columns + column] ?? 0) / 255) * (COLOURS.length - 1);
      const below = Math.min(Math.floor(place), COLOURS.length - 2);
      const pixel = ((rows - 1 - row) * columns + column) * 4;
      for (let part = 0; part < 3; part++) {
        const [from, to] = [COLOURS[below]?.[part] ?? 0, COLOURS[below + 1]?.[part] ?? 0];
        image.data[pixel + part] = from + (to - from) * (place - below);
      }
      image.data[pixel + 3] = 255;
    }
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
