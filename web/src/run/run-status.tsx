import { useEffect, useRef, useState } from "react";
import { client } from "../api/client";
import { describeError } from "../api/describe-error";
import { StudioCancelDocument } from "../gql/graphql";
import { announceState, describeState } from "./describe-state";
import { isFinished, type JobView } from "./job-view";

interface Props {
  readonly view: JobView;
  readonly isReadOnly: boolean;
  readonly onRetry: () => void;
}

const ICONS = { IN_QUEUE: "◷", IN_PROGRESS: "◌", COMPLETED: "✓", FAILED: "✕", CANCELLED: "⊘" } as const;

/** How the open run is going, and why it went wrong. */
export function RunStatus({ view, isReadOnly, onRetry }: Props) {
  const { status, progress, job } = view;
  return (
    <section className={`status ${status.toLowerCase()}`} aria-label="Status">
      <p className="state">
        <span aria-hidden="true">{ICONS[status]}</span> {describeState(view)}
      </p>
      <p className="visually-hidden" role="status">
        {announceState(view)}
      </p>
      {!isFinished(status) && (
        // Without a value it shows that work goes on, and claims no more.
        <progress
          aria-label="Progress"
          max={1}
          value={status === "IN_PROGRESS" && progress !== null ? progress : undefined}
        />
      )}
      {!isFinished(status) && !isReadOnly && <CancelButton key={view.id} view={view} />}
      {job.error !== null && (
        <p className="problem" role="alert">
          {job.error.message}{" "}
          {!isReadOnly && job.error.retryable && (
            <button type="button" onClick={onRetry}>
              Run it again
            </button>
          )}
        </p>
      )}
      <LogTail view={view} />
    </section>
  );
}

function CancelButton({ view }: { readonly view: JobView }) {
  const [isAsking, setIsAsking] = useState(false);
  const [note, setNote] = useState<string | null>(null);
  const cancel = async () => {
    setIsAsking(true);
    setNote(null);
    const { data, error } = await client.mutation(StudioCancelDocument, { id: view.id });
    setIsAsking(false);
    const { outcome, userErrors = [] } = data?.cancelInpaint ?? {};
    if (error !== undefined) setNote(describeError(error));
    else if (userErrors.length > 0) setNote(userErrors.map(({ message }) => message).join(" "));
    else if (outcome === "CANCELLATION_REQUESTED")
      setNote("The engine has been asked; it may finish before it hears of it.");
  };
  const isCanceling = isAsking || view.job.cancelRequestedAt !== null;
  return (
    <p>
      <button type="button" onClick={cancel} disabled={isCanceling}>
        {isCanceling ? "Canceling…" : "Cancel"}
      </button>{" "}
      {note !== null && <span role="status">{note}</span>}
    </p>
  );
}

const TAIL_LINES = 8;

/** The last lines of the engine's log; follows them unless scrolled up. */
function LogTail({ view }: { readonly view: JobView }) {
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
