import { useCallback, useEffect, useMemo, useState } from "react";
import { analyze } from "../audio/analyze";
import { type Clip, decode } from "../audio/clip";
import type { Comparison } from "../audio/compare";
import { fetchAudio } from "../source/fetch-audio";
import type { JobView } from "./job-view";

export interface Result {
  readonly jobId: string;
  readonly clip: Clip;
  readonly bytes: Blob;
  readonly comparison: Comparison | null;
}

export interface ResultState {
  readonly result: Result | null;
  readonly problem: string | null;
  /** Tries once more to load it. */
  reload(): void;
}

type Loaded = Pick<ResultState, "result" | "problem">;

const NONE: Loaded = { result: null, problem: null };

/** The job's result, decoded and compared with the original, as soon as there is one. */
export function useResult(view: JobView | null, original: AudioBuffer | null): ResultState {
  const [state, setState] = useState(NONE);
  const [attempt, setAttempt] = useState(0);
  const url = view?.job.output?.audio.url ?? null;
  const jobId = view?.id ?? null;
  const { maskStart = 0, maskEnd = 0 } = view?.input ?? {};

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt loads it again.
  useEffect(() => {
    setState(NONE);
    if (url === null || jobId === null || original === null) return;
    let isWanted = true;
    const load = async (): Promise<Result> => {
      const bytes = await fetchAudio(url);
      // Decoding takes the bytes over.
      const blob = new Blob([bytes], { type: "audio/wav" });
      const buffer = await decode(bytes).catch(() => {
        throw new Error("It can't be decoded: it is damaged, or of a kind this browser doesn't play.");
      });
      const { summary, comparison } = await analyze(buffer, { buffer: original, maskStart, maskEnd });
      return { jobId, clip: { buffer, summary }, bytes: blob, comparison };
    };
    load().then(
      (result) => isWanted && setState({ result, problem: null }),
      (error: Error) => isWanted && setState({ result: null, problem: `The result can't be loaded. ${error.message}` }),
    );
    return () => {
      isWanted = false;
    };
  }, [url, jobId, original, maskStart, maskEnd, attempt]);
  const reload = useCallback(() => setAttempt((before) => before + 1), []);
  const loaded = state.result !== null && state.result.jobId !== jobId ? NONE : state;
  return useMemo(() => ({ ...loaded, reload }), [loaded, reload]);
}
