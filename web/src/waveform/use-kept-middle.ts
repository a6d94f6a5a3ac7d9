import { type RefObject, useLayoutEffect, useRef } from "react";

/** Zooming in or out leaves what is in the middle of the view where it is. */
export function useKeptMiddle(scroller: RefObject<HTMLElement | null>, zoom: number): void {
  const before = useRef(zoom);
  useLayoutEffect(() => {
    const view = scroller.current;
    if (view === null || before.current === zoom) return;
    const half = view.clientWidth / 2;
    view.scrollLeft = ((view.scrollLeft + half) * zoom) / before.current - half;
    before.current = zoom;
  }, [scroller, zoom]);
}
