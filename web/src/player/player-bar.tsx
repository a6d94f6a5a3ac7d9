import { useRef, useSyncExternalStore } from "react";
import { formatTime } from "../shell/format";
import type { AbPlayer, Loop } from "./ab-player";
import { useFrames } from "./use-frames";

interface Props {
  readonly player: AbPlayer;
  readonly durationSeconds: number;
  /** What "loop mask" plays. */
  readonly loop: Loop;
  readonly gainDecibels: number | null;
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
}

export function PlayerBar({ player, durationSeconds, loop, gainDecibels, zoom, onZoom }: Props) {
  const {
    isPlaying,
    side,
    hasResult,
    loop: playedLoop,
    isLevelMatched,
  } = useSyncExternalStore(player.subscribe, player.state);
  const seek = useRef<HTMLInputElement>(null);
  const clock = useRef<HTMLOutputElement>(null);

  useFrames(player, (position) => {
    const text = formatTime(position);
    if (clock.current && clock.current.value !== text) clock.current.value = text;
    if (seek.current) {
      seek.current.valueAsNumber = position;
      const spoken = `${position.toFixed(1)} of ${durationSeconds.toFixed(1)} seconds`;
      if (!isPlaying) seek.current.setAttribute("aria-valuetext", spoken);
    }
  });

  return (
    <section className="player" aria-label="Player">
      <button type="button" className="play" onClick={() => player.toggle()} aria-keyshortcuts="Space">
        <span aria-hidden="true">{isPlaying ? "❚❚" : "▶"}</span> {isPlaying ? "Pause" : "Play"}
      </button>
      <fieldset className="sides">
        <legend className="visually-hidden">Listen to</legend>
        <label>
          <input type="radio" name="side" checked={side === "A"} onChange={() => player.hear("A")} /> A original
        </label>
        <label>
          <input
            type="radio"
            name="side"
            checked={side === "B"}
            disabled={!hasResult}
            onChange={() => player.hear("B")}
          />{" "}
          B result
        </label>
      </fieldset>
      <output ref={clock} className="clock" aria-label="Position" aria-live="off">
        0:00.0
      </output>
      <input
        ref={seek}
        className="seek"
        type="range"
        min={0}
        max={durationSeconds}
        step={0.1}
        defaultValue={0}
        aria-label="Position"
        onInput={(event) => player.seek(event.currentTarget.valueAsNumber)}
      />
      <label className="option">
        <input
          type="checkbox"
          checked={playedLoop !== null}
          onChange={(event) => player.setLoop(event.currentTarget.checked ? loop : null)}
        />{" "}
        Loop mask, 2 s before
      </label>
      {gainDecibels !== null && (
        <label className="option">
          <input
            type="checkbox"
            checked={isLevelMatched}
            onChange={(event) => player.setLevelMatched(event.currentTarget.checked)}
          />{" "}
          Level match ({formatDecibels(gainDecibels)})
        </label>
      )}
      <span className="zoom">
        <button type="button" onClick={() => onZoom(zoom / 2)} disabled={zoom <= 1} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={() => onZoom(zoom * 2)} disabled={zoom >= 16} aria-label="Zoom in">
          +
        </button>
      </span>
    </section>
  );
}

function formatDecibels(decibels: number): string {
  return `${decibels >= 0.05 ? "+" : ""}${(Math.abs(decibels) < 0.05 ? 0 : decibels).toFixed(1)} dB`;
}
