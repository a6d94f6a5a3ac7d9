import { useState } from "react";
import { reachableUrl } from "../api/reachable-url";
import type { Comparison } from "../audio/compare";
import { resultName, saveAs } from "./download";
import type { JobView } from "./job-view";
import { shareJob } from "./share-job";
import type { ResultState } from "./use-result";

interface Props {
  readonly view: JobView;
  readonly state: ResultState;
  readonly sourceName: string | null;
  readonly isReadOnly: boolean;
  readonly onListen: () => void;
  readonly onNewSeed: () => void;
  readonly onUseAsSource: () => void;
}

/** What can be done with a result. */
export function ResultPanel({ view, state, sourceName, isReadOnly, onListen, onNewSeed, onUseAsSource }: Props) {
  const { output } = view.job;
  if (view.status !== "COMPLETED" || !output) return null;
  const { result, problem } = state;
  const name = resultName(
    sourceName ?? "result",
    { start: view.input.maskStart, end: view.input.maskEnd },
    output.seed,
  );
  return (
    <section className="result" aria-label="Result">
      {result === null && problem === null && sourceName !== null && <p role="status">Loading the result…</p>}
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {result?.comparison && <p className="badge">{describeComparison(result.comparison)}</p>}
      {sourceName === null && (
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
