import { useEffect, useState } from "react";
import { followJob } from "../api/follow-job";
import { applyUpdate, isFinished, type JobView } from "./job-view";

export interface FollowedJob {
  readonly view: JobView | null;
  readonly isConnected: boolean;
  /** Why the server doesn't tell of the job. */
  readonly refusal: string | null;
}

const NOTHING: FollowedJob = { view: null, isConnected: true, refusal: null };

/** A job as it is now, live until it has ended. `attempt` changes to ask again, as with another key. */
export function useJob(jobId: string | null, attempt: number): FollowedJob {
  const [state, setState] = useState(NOTHING);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another connection.
  useEffect(() => {
    setState(NOTHING);
    if (jobId === null) return;
    return followJob(jobId, {
      onUpdate: (update) =>
        setState((before) => ({ ...before, isConnected: true, view: applyUpdate(before.view, update) })),
      onConnection: (isConnected) =>
        setState((before) =>
          before.view !== null && isFinished(before.view.status) ? before : { ...before, isConnected },
        ),
      onRefused: (code, message) =>
        setState((before) => ({
          ...before,
          refusal: code === "NOT_FOUND" ? "There is no such job here. It may have been removed." : message,
        })),
    });
  }, [jobId, attempt]);
  return state.view !== null && state.view.id !== jobId ? NOTHING : state;
}
