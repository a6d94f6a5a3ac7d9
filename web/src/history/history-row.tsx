import { type MouseEvent, useState } from "react";
import { type FragmentType, readFragment } from "../gql";
import { JobStateFragmentDoc, RunInputFragmentDoc } from "../gql/graphql";
import { downloadResult, resultName } from "../run/download";
import { copyText } from "../shell/copy-text";
import { formatDate, formatSpan } from "../shell/format";
import { asCurl, asGraphql, asNode } from "./copy-as";

interface Props {
  readonly job: FragmentType<typeof JobStateFragmentDoc>;
  readonly isOpen: boolean;
  readonly onOpen: (jobId: string) => void;
}

const STATES = {
  IN_QUEUE: "◷ Queued",
  IN_PROGRESS: "◌ Running",
  COMPLETED: "✓ Done",
  FAILED: "✕ Failed",
  CANCELLED: "⊘ Canceled",
} as const;

/** One run, with everything it used. */
export function HistoryRow({ job: masked, isOpen, onOpen }: Props) {
  const job = readFragment(JobStateFragmentDoc, masked);
  const { input } = readFragment(RunInputFragmentDoc, job);
  const [note, setNote] = useState<string | null>(null);
  const url = `${location.origin}/graphql`;
  const copy = (kind: string, text: string) => async () =>
    setNote((await copyText(text)) ? `Copied as ${kind}.` : "The browser gives no access to the clipboard.");
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onOpen(job.id);
  };
  const download = async () => {
    try {
      const name = resultName("result", { start: input.maskStart, end: input.maskEnd }, job.output?.seed ?? "");
      await downloadResult(job.output?.audio.url ?? "", name);
    } catch (error) {
      setNote(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <li className={`run ${job.status.toLowerCase()} ${isOpen ? "open" : ""}`}>
      <a href={`/jobs/${job.id}`} onClick={open} aria-current={isOpen ? "page" : undefined}>
        <span className="run-state">{STATES[job.status]}</span> <span className="run-prompt">{input.prompt}</span>
      </a>
      <span className="hint">
        {formatSpan(input.maskStart, input.maskEnd)} · {formatDate(job.createdAt)}
      </span>
      <details>
        <summary>Details</summary>
        <dl>
          <dt>seed</dt>
          <dd>{input.seed ?? "not drawn yet"}</dd>
          <dt>steps</dt>
          <dd>{input.numInferenceSteps}</dd>
          <dt>guidance</dt>
          <dd>{input.guidanceScale}</dd>
          <dt>length</dt>
          <dd>{input.secondsTotal === null ? "as the recording" : `${input.secondsTotal} s`}</dd>
          <dt>audio</dt>
          <dd className="break">{input.audioUrl}</dd>
          {job.error && (
            <>
              <dt>error</dt>
              <dd>{job.error.message}</dd>
            </>
          )}
        </dl>
        <p className="actions">
          <button type="button" onClick={copy("GraphQL", asGraphql(input))}>
            Copy as GraphQL
          </button>
          <button type="button" onClick={copy("curl", asCurl(input, url))}>
            Copy as curl
          </button>
          <button type="button" onClick={copy("Node", asNode(input, url))}>
            Copy as Node
          </button>
          {job.output && (
            <button type="button" onClick={download}>
              Download
            </button>
          )}
        </p>
        {note !== null && <p role="status">{note}</p>}
      </details>
    </li>
  );
}
