import { useRef, useSyncExternalStore } from "react";
import { formatTime } from "../shell/format";
import type { AbPlayer, Side } from "./ab-player";
import { useFrames } from "./use-frames";

interface Props {
  readonly player: AbPlayer;
  readonly durationSeconds: number;
}

/** What plays, and which side of it. Stays in reach on small screens, where it lies at the lower edge. */
export function PlayerBar({ player, durationSeconds }: Props) {
  const { isPlaying, side, hasResult, isBlind, problem } = useSyncExternalStore(player.subscribe, player.state);
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
      <button
        type="button"
        className="play"
        onClick={() => player.toggle()}
        aria-label={isPlaying ? "Pause" : "Play"}
        aria-keyshortcuts="Space"
      >
        <span aria-hidden="true">{isPlaying ? "❚❚" : "▶"}</span>{" "}
        <span className="play-word">{isPlaying ? "Pause" : "Play"}</span>
      </button>
      <fieldset className="sides">
        <legend className="visually-hidden">Listen to</legend>
        {SIDES.map(([name, letter, words]) => (
          <label key={name} hidden={isBlind && name === "difference"}>
            <input
              type="radio"
              name="side"
              checked={side === name}
              disabled={name !== "A" && !hasResult}
              onChange={() => player.hear(name)}
            />{" "}
            {isBlind ? (name === "A" ? "X" : "Y") : letter} {!isBlind && <span className="side-words">{words}</span>}
          </label>
        ))}
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
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

const SIDES: readonly (readonly [side: Side, letter: string, words: string])[] = [
  ["A", "A", "original"],
  ["B", "B", "result"],
  ["difference", "A−B", "what changed"],
];
