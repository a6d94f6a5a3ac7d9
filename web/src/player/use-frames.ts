import { useEffect, useRef } from "react";
import type { AbPlayer } from "./ab-player";

const still = matchMedia("(prefers-reduced-motion: reduce)");
/** For whom nothing shall glide it goes in steps. */
const STILL_FOR_MS = 500;

/**
 * Calls back with the position, in seconds, each frame while the sound plays, and whenever it is moved. For what follows
 * the sound without React: sixty renders a second would be too many.
 */
export function useFrames(player: AbPlayer, onFrame: (positionSeconds: number) => void): void {
  const latest = useRef(onFrame);
  latest.current = onFrame;
  useEffect(() => {
    let frame = 0;
    let drawnAt = Number.NEGATIVE_INFINITY;
    const draw = () => {
      const { isPlaying } = player.state();
      const now = performance.now();
      if (!isPlaying || !still.matches || now - drawnAt >= STILL_FOR_MS) {
        drawnAt = now;
        latest.current(player.positionSeconds);
      }
      frame = isPlaying ? requestAnimationFrame(draw) : 0;
    };
    const wake = () => {
      if (frame === 0) draw();
    };
    const unsubscribe = player.subscribe(wake);
    draw();
    return () => {
      unsubscribe();
      cancelAnimationFrame(frame);
    };
  }, [player]);
}
