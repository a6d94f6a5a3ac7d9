import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { formatSpan } from "../shell/format";
import { between, lastSecond, type Mask, moved, withEnd, withStart } from "./mask";

interface Props {
  readonly mask: Mask;
  readonly totalSeconds: number;
  readonly isReadOnly: boolean;
  readonly onChange: (mask: Mask) => void;
  readonly onSeek: (seconds: number) => void;
}

interface Gesture {
  readonly kind: "start" | "end" | "move" | "new";
  readonly pointerId: number;
  readonly x: number;
  readonly mask: Mask;
  hasMoved: boolean;
}

/** A hand is never quite still: less is a click. */
const CLICK_PIXELS = 4;

/**
 * Lies over the waveforms: drag the mask or its edges, drag beside it with a mouse for a new one, click to seek. One
 * pointer at a time; a second finger changes nothing.
 */
export function MaskOverlay({ mask, totalSeconds, isReadOnly, onChange, onSeek }: Props) {
  const surface = useRef<HTMLDivElement>(null);
  const gesture = useRef<Gesture | null>(null);
  const last = lastSecond(totalSeconds);

  const secondsAt = (x: number) => {
    const { left, width } = (surface.current as HTMLDivElement).getBoundingClientRect();
    return ((x - left) / width) * totalSeconds;
  };

  const begin = (event: PointerEvent<HTMLElement>, kind: Gesture["kind"]) => {
    if (gesture.current !== null || event.button !== 0) return;
    event.stopPropagation();
    surface.current?.setPointerCapture(event.pointerId);
    gesture.current = { kind, pointerId: event.pointerId, x: event.clientX, mask, hasMoved: false };
  };

  const move = (event: PointerEvent<HTMLElement>) => {
    const current = gesture.current;
    if (current === null || current.pointerId !== event.pointerId || isReadOnly) return;
    if (Math.abs(event.clientX - current.x) >= CLICK_PIXELS) current.hasMoved = true;
    if (!current.hasMoved) return;
    const next = draggedTo(current, event);
    // Pointers move a hundred times within a second of the recording.
    if (next.start !== mask.start || next.end !== mask.end) onChange(next);
  };

  const draggedTo = ({ kind, x, mask: before }: Gesture, { clientX, pointerType }: PointerEvent): Mask => {
    const here = secondsAt(clientX);
    const by = here - secondsAt(x);
    if (kind === "start") return withStart(before, before.start + by);
    if (kind === "end") return withEnd(before, Math.min(before.end, totalSeconds) + by, totalSeconds);
    if (kind === "move") return moved(before, by, totalSeconds);
    // A finger that strokes over the waveform scrolls; it has the handles.
    return pointerType === "touch" ? mask : between(secondsAt(x), here, totalSeconds);
  };

  const finish = (event: PointerEvent<HTMLElement>) => {
    const current = gesture.current;
    if (current?.pointerId !== event.pointerId) return;
    gesture.current = null;
    if (event.type === "pointerup" && !current.hasMoved) onSeek(secondsAt(event.clientX));
  };

  const percent = (seconds: number) => `${(Math.min(seconds, totalSeconds) / totalSeconds) * 100}%`;
  const key = (edge: "start" | "end") => (event: KeyboardEvent<HTMLElement>) => {
    const step = STEPS.get(event.key);
    if (step === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const to = mask[edge] + step;
    onChange(edge === "start" ? withStart(mask, to) : withEnd(mask, to, totalSeconds));
  };
  const handle = (edge: "start" | "end") => (
    <div
      role="slider"
      tabIndex={isReadOnly ? -1 : 0}
      className={`handle ${edge}`}
      aria-label={edge === "start" ? "Mask start" : "Mask end"}
      aria-valuemin={edge === "start" ? 0 : mask.start + 1}
      aria-valuemax={edge === "start" ? mask.end - 1 : last}
      aria-valuenow={mask[edge]}
      aria-valuetext={`${mask[edge]} seconds`}
      aria-disabled={isReadOnly}
      onKeyDown={isReadOnly ? undefined : key(edge)}
      onPointerDown={(event) => begin(event, edge)}
    />
  );

  return (
    <div
      ref={surface}
      className="mask-surface"
      onPointerDown={(event) => begin(event, "new")}
      onPointerMove={move}
      onPointerUp={finish}
      onPointerCancel={finish}
    >
      <div className="mask" style={{ left: percent(mask.start), right: `calc(100% - ${percent(mask.end)})` }}>
        <div className="mask-body" onPointerDown={(event) => begin(event, "move")}>
          <span className="mask-label">mask {formatSpan(mask.start, mask.end)}</span>
        </div>
        {handle("start")}
        {handle("end")}
      </div>
    </div>
  );
}

const STEPS: ReadonlyMap<string, number> = new Map([
  ["ArrowLeft", -1],
  ["ArrowDown", -1],
  ["ArrowRight", 1],
  ["ArrowUp", 1],
  ["PageDown", -5],
  ["PageUp", 5],
  ["Home", Number.NEGATIVE_INFINITY],
  ["End", Number.POSITIVE_INFINITY],
]);
