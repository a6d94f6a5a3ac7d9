import { lazy, type ReactNode, Suspense, useRef, useSyncExternalStore } from "react";
import type { Clip } from "../audio/clip";
import type { Mask } from "../mask/mask";
import type { AbPlayer } from "../player/ab-player";
import { useFrames } from "../player/use-frames";
import { formatSpan } from "../shell/format";
import { Overview } from "./overview";
import { Ruler } from "./ruler";
import { useKeptMiddle } from "./use-kept-middle";
import { Waveform } from "./waveform";

const Spectrogram = lazy(async () => ({ default: (await import("../spectrogram/spectrogram")).Spectrogram }));

interface Props {
  readonly original: Clip;
  readonly result: Clip | null;
  /** What the result replaced. */
  readonly replaced: Mask;
  readonly totalSeconds: number;
  readonly zoom: number;
  readonly hasSpectrogram: boolean;
  readonly player: AbPlayer;
  /** What the result's lane says while there is none. */
  readonly resultNote: string | null;
  /** Lies over all lanes. */
  readonly children: ReactNode;
}

/** Shorter clips are seen at a glance. */
const OVERVIEW_FROM_SECONDS = 60;

/** Original over result, on one scale, scrolled and zoomed as one. */
export function Lanes(props: Props) {
  const { original, result, replaced, totalSeconds, zoom, hasSpectrogram, player, resultNote, children } = props;
  const { side, isBlind, isPlaying } = useSyncExternalStore(player.subscribe, player.state);
  const scroller = useRef<HTMLElement>(null);
  useKeptMiddle(scroller, zoom);

  // Turns the page when the cursor leaves it.
  useFrames(player, (position) => {
    const view = scroller.current;
    if (view === null || !isPlaying || zoom === 1) return;
    const x = (position / totalSeconds) * view.scrollWidth;
    if (x < view.scrollLeft || x > view.scrollLeft + view.clientWidth) view.scrollLeft = x - view.clientWidth * 0.1;
  });

  const percent = (seconds: number) => `${(Math.min(seconds, totalSeconds) / totalSeconds) * 100}%`;
  const lane = (name: "A" | "B", label: string, clip: Clip) => {
    const isHeard = !isBlind && (side === name || side === "difference");
    return (
      <div className={`lane ${isHeard ? "heard" : ""}`}>
        <span className="lane-label">
          <b>{name}</b> {label}
        </span>
        <div className="lane-wave" style={{ width: percent(clip.buffer.duration) }}>
          {hasSpectrogram ? (
            <Suspense fallback={null}>
              <Spectrogram buffer={clip.buffer} player={player} />
            </Suspense>
          ) : (
            <Waveform summary={clip.summary} durationSeconds={clip.buffer.duration} player={player} />
          )}
        </div>
        {name === "B" && (
          <div
            className="replaced"
            style={{ left: percent(replaced.start), right: `calc(100% - ${percent(replaced.end)})` }}
          >
            <span className="span-label">replaced {formatSpan(replaced.start, replaced.end)}</span>
          </div>
        )}
      </div>
    );
  };
  return (
    <>
      {zoom > 1 && totalSeconds > OVERVIEW_FROM_SECONDS && (
        <Overview clip={original} totalSeconds={totalSeconds} player={player} scroller={scroller} />
      )}
      {/* What scrolls must be reachable by keyboard. */}
      <section ref={scroller} className="lanes-scroll" tabIndex={zoom > 1 ? 0 : undefined} aria-label="Waveforms">
        <div className={result === null ? "lanes" : "lanes both"} style={{ width: `${zoom * 100}%` }}>
          {lane("A", "original", original)}
          {result === null
            ? resultNote !== null && <p className="lane empty">{resultNote}</p>
            : lane("B", "result", result)}
          <Ruler totalSeconds={totalSeconds} zoom={zoom} />
          {children}
        </div>
      </section>
    </>
  );
}
