import { useState } from "react";
import { reachableUrl } from "../api/reachable-url";
import type { Comparison } from "../audio/compare";
import { downloadResult, resultName, saveAs } from "./download";
import type { JobView } from "./job-view";
import { shareJob } from "./share-job";
import type { ResultState } from "./use-result";

interface Props {
  readonly view: JobView;
  readonly state: ResultState;
  /** The name of the recording it was made from; null: that can't be had, and the result is all there is. */
  readonly originalName: string | null;
  readonly isReadOnly: boolean;
  readonly onListen: () => void;
  readonly onNewSeed: () => void;
  readonly onUseAsSource: () => void;
}

/** What can be done with a result. */
export function ResultPanel({ view, state, originalName, isReadOnly, onListen, onNewSeed, onUseAsSource }: Props) {
  const { output } = view.job;
  if (view.status !== "COMPLETED" || !output) return null;
  const { result, problem, reload } = state;
  const { maskStart, maskEnd } = view.input;
  const name = resultName(originalName ?? "result", { start: maskStart, end: maskEnd }, output.seed);
  return (
    <section className="result" aria-label="Result">
      {result === null && problem === null && originalName !== null && <p role="status">Loading the result…</p>}
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}{" "}
          <button type="button" onClick={reload}>
            Load it again
          </button>
        </p>
      )}
      {result?.comparison && <p className="badge">{describeComparison(result.comparison)}</p>}
      {originalName === null && (
        // biome-ignore lint/a11y/useMediaCaption: it is what the person made; nobody has captions for it.
        <audio controls src={reachableUrl(output.audio.url)} aria-label="Result" />
      )}
      <p className="actions">
        {result !== null && (
          <>
            <button type="button" onClick={onListen}>
              Listen
            </button>
            <button type="button" onClick={() => saveAs(result.bytes, name)}>
              Download
            </button>
          </>
        )}
        {originalName === null && <DownloadButton url={output.audio.url} name={name} />}
        {!isReadOnly && (
          <>
            <button type="button" onClick={onNewSeed}>
              Again, new seed
            </button>
            {result !== null && (
              <button type="button" onClick={onUseAsSource}>
                Use result as source
              </button>
            )}
          </>
        )}
        {!isReadOnly && <ShareButton jobId={view.id} />}
      </p>
    </section>
  );
}

/** Below it, two 16-bit recordings are the same but for rounding. */
const IDENTICAL_DECIBELS = -75;

function describeComparison({ differenceDecibels, lagSeconds }: Comparison): string {
  const kept =
    differenceDecibels < IDENTICAL_DECIBELS
      ? "Outside the mask: identical"
      : `Outside the mask: differs by ${differenceDecibels.toFixed(0)} dB`;
  return lagSeconds === 0 ? kept : `${kept} · aligned by ${(lagSeconds * 1000).toFixed(1)} ms`;
}

/** Of a result that the page has not loaded. */
function DownloadButton({ url, name }: { readonly url: string; readonly name: string }) {
  const [note, setNote] = useState<string | null>(null);
  const download = () =>
    downloadResult(url, name).then(
      () => setNote(null),
      (error: Error) => setNote(error.message),
    );
  return (
    <>
      <button type="button" onClick={download}>
        Download
      </button>
      {note !== null && (
        <span className="problem" role="alert">
          {note}
        </span>
      )}
    </>
  );
}

function ShareButton({ jobId }: { readonly jobId: string }) {
  const [note, setNote] = useState<string | null>(null);
  return (
    <>
      <button type="button" onClick={async () => setNote(await shareJob(jobId))}>
        Share
      </button>
      {note !== null && <output className="share">{note}</output>}
    </>
  );
}
