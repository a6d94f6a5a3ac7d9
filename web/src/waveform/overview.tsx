import { type PointerEvent, type RefObject, useEffect, useRef } from "react";
import type { Clip } from "../audio/clip";
import type { AbPlayer } from "../player/ab-player";
import { Waveform } from "./waveform";

interface Props {
  readonly clip: Clip;
  readonly totalSeconds: number;
  readonly player: AbPlayer;
  /** What it shows the place of, and moves. */
  readonly scroller: RefObject<HTMLElement | null>;
}

/** All of a long clip, small, with the part that is in view: press or drag to go elsewhere. Arrow keys scroll the view itself. */
export function Overview({ clip, totalSeconds, player, scroller }: Props) {
  const view = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const scrolled = scroller.current;
    if (scrolled === null) return;
    const follow = () => {
      if (view.current === null) return;
      view.current.style.left = `${(scrolled.scrollLeft / scrolled.scrollWidth) * 100}%`;
      view.current.style.width = `${(scrolled.clientWidth / scrolled.scrollWidth) * 100}%`;
    };
    const watch = new ResizeObserver(follow);
    watch.observe(scrolled);
    if (scrolled.firstElementChild !== null) watch.observe(scrolled.firstElementChild);
    scrolled.addEventListener("scroll", follow);
    return () => {
      watch.disconnect();
      scrolled.removeEventListener("scroll", follow);
    };
  }, [scroller]);

  const go = (event: PointerEvent<HTMLDivElement>) => {
    const scrolled = scroller.current;
    if (scrolled === null || event.buttons !== 1) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    scrolled.scrollLeft = ((event.clientX - left) / width) * scrolled.scrollWidth - scrolled.clientWidth / 2;
  };

  return (
    <div
      className="overview"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
    >
      <div className="lane-wave" style={{ width: `${(clip.buffer.duration / totalSeconds) * 100}%` }}>
        <Waveform summary={clip.summary} durationSeconds={clip.buffer.duration} player={player} />
      </div>
      <div ref={view} className="overview-view" />
    </div>
  );
}
