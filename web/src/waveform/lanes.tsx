import { type ReactNode, useSyncExternalStore } from "react";
import type { Clip } from "../audio/clip";
import type { AbPlayer } from "../player/ab-player";
import { Ruler } from "./ruler";
import { Waveform } from "./waveform";

interface Props {
  readonly original: Clip;
  readonly result: Clip | null;
  readonly totalSeconds: number;
  readonly zoom: number;
  readonly player: AbPlayer;
  /** What the result's lane says while there is none. */
  readonly resultNote: string | null;
  /** Lies over all lanes. */
  readonly children: ReactNode;
}

/** Original over result, on one scale, scrolled and zoomed as one. */
export function Lanes({ original, result, totalSeconds, zoom, player, resultNote, children }: Props) {
  const { side } = useSyncExternalStore(player.subscribe, player.state);
  const lane = (name: "A" | "B", label: string, clip: Clip) => (
    <div className={`lane ${side === name ? "heard" : ""}`}>
      <span className="lane-label">
        <b>{name}</b> {label}
      </span>
      <div className="lane-wave" style={{ width: `${(clip.buffer.duration / totalSeconds) * 100}%` }}>
        <Waveform
          summary={clip.summary}
          durationSeconds={clip.buffer.duration}
          player={player}
          isHeard={side === name}
        />
      </div>
    </div>
  );
  return (
    // What scrolls must be reachable by keyboard.
    <section className="lanes-scroll" tabIndex={zoom > 1 ? 0 : undefined} aria-label="Waveforms">
      <div className="lanes" style={{ width: `${zoom * 100}%` }}>
        {lane("A", "original", original)}
        {result === null
          ? resultNote !== null && <p className="lane empty">{resultNote}</p>
          : lane("B", "result", result)}
        <Ruler totalSeconds={totalSeconds} zoom={zoom} />
        {children}
      </div>
    </section>
  );
}
