/** A run takes some ten seconds: its end is seen soon, for few questions. */
const RUNNING_MS = 2_000;
/** What one more request ahead in the queue adds. */
const PER_POSITION_MS = 250;
const LONGEST_MS = 15_000;

/**
 * How long to wait before the status is asked for again, where there is no stream: 1 to 2 s while the job runs or is
 * next, longer the more are ahead of it. Each time another length, so that many jobs do not ask in step.
 *
 * @param position requests ahead; null while it runs or the position is not known.
 */
export function pollIntervalMs(position: number | null): number {
  const fullMs = Math.min(LONGEST_MS, RUNNING_MS + PER_POSITION_MS * (position ?? 0));
  return fullMs * (0.5 + Math.random() / 2);
}
