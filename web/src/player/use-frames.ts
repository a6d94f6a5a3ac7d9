import { useEffect, useRef } from "react";
import type { AbPlayer } from "./ab-player";

/**
 * Calls back with the position, in seconds, each frame while the sound plays, and whenever it is moved. For what follows
 * the sound without React: sixty renders a second would be too many.
 */
export function useFrames(player: AbPlayer, onFrame: (positionSeconds: number) => void): void {
  const latest = useRef(onFrame);
  latest.current = onFrame;
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      latest.current(player.positionSeconds);
      frame = player.state().isPlaying ? requestAnimationFrame(draw) : 0;
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
