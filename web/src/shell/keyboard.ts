import { useEffect, useRef } from "react";
import { inThisBrowser } from "./kept-values";

/** Each shortcut as the help shows it. */
export const SHORTCUTS: readonly (readonly [keys: string, action: string])[] = [
  ["Space", "play, pause"],
  ["← →", "seek 1 s (Shift 5 s, Alt 0.1 s)"],
  ["A, B, X", "hear A, hear B, swap"],
  ["[ ]", "mask start, end to the cursor"],
  [", .", "move the mask (Shift: its end)"],
  ["L", "loop the mask"],
  ["D", "hear the difference, A − B"],
  ["S", "spectrogram"],
  ["Ctrl Enter", "generate"],
  ["R", "again with a new seed"],
  ["+ − 0", "zoom in, out, fit"],
  ["Esc", "stop"],
  ["?", "this list"],
];

export type KeyAction =
  | "toggle"
  | "stop"
  | "hearA"
  | "hearB"
  | "swap"
  | "hearDifference"
  | "spectrogram"
  | "maskStart"
  | "maskEnd"
  | "maskLeft"
  | "maskRight"
  | "maskShrink"
  | "maskGrow"
  | "loop"
  | "generate"
  | "retry"
  | "zoomIn"
  | "zoomOut"
  | "zoomFit"
  | "help"
  | { readonly seekBy: number };

const SINGLE_KEYS: ReadonlyMap<string, KeyAction> = new Map([
  ["a", "hearA"],
  ["b", "hearB"],
  ["x", "swap"],
  ["d", "hearDifference"],
  ["s", "spectrogram"],
  ["[", "maskStart"],
  ["]", "maskEnd"],
  [",", "maskLeft"],
  [".", "maskRight"],
  ["<", "maskShrink"],
  [">", "maskGrow"],
  [";", "maskShrink"],
  [":", "maskGrow"],
  ["l", "loop"],
  ["r", "retry"],
  ["+", "zoomIn"],
  ["=", "zoomIn"],
  ["-", "zoomOut"],
  ["0", "zoomFit"],
  ["?", "help"],
]);

const SWITCH = "punchin.single-keys";

export function singleKeysAreOn(): boolean {
  return inThisBrowser.get(SWITCH) !== "off";
}

export function turnSingleKeys(on: boolean): void {
  inThisBrowser.set(SWITCH, on ? "on" : "off");
}

/** What a key asks for where it was pressed; null: nothing of ours, or the element there has its own use for it. */
export function actionOf(event: KeyboardEvent): KeyAction | null {
  if (event.repeat && event.key === "Enter") return null;
  const target = event.target instanceof Element ? event.target : null;
  // Also when the focus is on nothing, as after a click beside the dialog.
  if (document.querySelector("dialog[open]") !== null) return null;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return "generate";
  if (
    event.ctrlKey ||
    event.metaKey ||
    target?.closest("textarea, select, input:not([type=radio], [type=checkbox], [type=range])")
  ) {
    return null;
  }
  if (event.key === "Escape") return "stop";
  if (!singleKeysAreOn()) return null;
  const usesArrows = target?.closest("[role=slider], input, ol[tabindex], .lanes-scroll[tabindex]");
  if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && !usesArrows) {
    const step = event.shiftKey ? 5 : event.altKey ? 0.1 : 1;
    return { seekBy: event.key === "ArrowLeft" ? -step : step };
  }
  if (event.key === " ") return target?.closest("button, a, summary, input") ? null : "toggle";
  return event.altKey ? null : (SINGLE_KEYS.get(event.key.toLowerCase()) ?? null);
}

/** @param onAction false: there is nothing to do; the browser may use the key */
export function useKeyboard(onAction: (action: KeyAction) => boolean): void {
  const latest = useRef(onAction);
  latest.current = onAction;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const action = actionOf(event);
      if (action !== null && latest.current(action)) event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}
