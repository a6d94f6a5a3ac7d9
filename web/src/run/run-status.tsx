import { useState } from "react";
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
