import { useEffect, useRef, useState } from "react";
import type { JobView } from "./job-view";

const TAIL_LINES = 8;

/** The last lines of the engine's log; follows them unless scrolled up. */
export function LogTail({ view }: { readonly view: JobView }) {
  const [isWhole, setIsWhole] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const lines = isWhole ? view.logs : view.logs.slice(-TAIL_LINES);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines move the end.
  useEffect(() => {
    if (list.current && isAtEnd.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines.length, view.logs.length]);
  if (view.logs.length === 0) return null;
  return (
    <div className="log">
      <ol
        ref={list}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
        aria-label="Log"
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          isAtEnd.current = scrollTop + clientHeight >= scrollHeight - 4;
        }}
      >
        {lines.map(({ sequence, message, level }) => (
          <li key={sequence} value={sequence} className={level.toLowerCase()}>
            {message}
          </li>
        ))}
      </ol>
      {view.logs.length > TAIL_LINES && (
        <button type="button" onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? "Only the last lines" : `All ${view.logs.length} lines`}
        </button>
      )}
    </div>
  );
}
