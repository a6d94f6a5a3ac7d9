import { useEffect, useRef } from "react";
import { copyChannels } from "../audio/copy-channels";
import { runInWorker } from "../audio/run-in-worker";
import type { AbPlayer } from "../player/ab-player";
import { useFrames } from "../player/use-frames";
import type { SpectrogramPicture, SpectrogramTask } from "./spectrogram.worker";
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
    let isWanted = true;
    const draw = async () => {
      const channels = await copyChannels(buffer);
      if (!isWanted) return;
      const task: SpectrogramTask = { channels, sampleRate: buffer.sampleRate };
      const { columns, rows, pixels } = await runInWorker<SpectrogramPicture>(new SpectrogramWorker(), task, channels);
      if (!isWanted || canvas.current === null) return;
      canvas.current.width = columns;
      canvas.current.height = rows;
      canvas.current.getContext("2d")?.putImageData(new ImageData(pixels, columns, rows), 0, 0);
    };
    void draw();
    return () => {
      isWanted = false;
    };
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
