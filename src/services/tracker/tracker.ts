import type { Job } from "../job.js";
import { type FollowDependencies, JobFollower } from "./follow-job.js";

/** At most so many jobs are taken up at once, so often: 200 a second. */
const JOBS_PER_PACE = 10;
const PACE_MS = 50;
/** How exactly deadlines are kept. */
const LOOK_AT_CLOCK_MS = 1_000;

/** Follows every submitted job of this instance, each exactly once, however many watch it. */
export class Tracker {
  private readonly following = new Map<string, { follower: JobFollower; done: Promise<void> }>();
  private readonly backlog = new Map<string, Job>();
  private pacer: NodeJS.Timeout | undefined;
  private clockwork: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param onFreed told whenever a job is not followed any more, so that another may be sent. */
  constructor(
    private readonly dependencies: FollowDependencies,
    private readonly onFreed: () => void,
  ) {}

  /**
   * Follows many jobs, a few more at a time, so that a start with thousands of them is no burst on upstream. Those that
   * are followed already are only reminded of a wish to cancel.
   * @param isUrgent somebody watches the job.
   */
  trackGradually(jobs: readonly Job[], isUrgent: (job: Job) => boolean): void {
    for (const job of jobs) {
      if (!this.following.has(job.id)) this.backlog.set(job.id, job);
      else if (job.cancelRequestedAt !== null) this.passCancelOn(job);
    }
    if (this.backlog.size > 0 && !this.closed) this.pacer ??= setInterval(() => this.followSome(isUrgent), PACE_MS);
  }

  /** Starts to follow a job that has a request id; a second call for the same job does nothing. */
  track(job: Job): void {
    if (this.closed || this.following.has(job.id)) return;
    const follower = new JobFollower(job, this.dependencies);
    const done = follower.run().finally(() => {
      this.following.delete(job.id);
      this.onFreed();
    });
    this.following.set(job.id, { follower, done });
    this.clockwork ??= setInterval(() => {
      for (const { follower } of this.following.values()) follower.checkTime();
    }, LOOK_AT_CLOCK_MS);
  }

  /** Upstream, or another instance, has news of the job; nothing happens for a job that is not followed here. */
  lookNow(jobId: string): void {
    this.following.get(jobId)?.follower.lookNow();
  }

  /** The wish to cancel was stored; nothing happens for a job that has no request id yet. */
  passCancelOn(job: Job): void {
    this.following.get(job.id)?.follower.passCancelOn();
  }

  /** Stops following; the jobs go on upstream and are followed again after the next start. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.pacer);
    clearInterval(this.clockwork);
    const following = [...this.following.values()];
    for (const { follower } of following) follower.stop();
    await Promise.all(following.map(({ done }) => done));
  }

  private followSome(isUrgent: (job: Job) => boolean): void {
    const waiting = [...this.backlog.values()];
    const urgent = waiting.filter(isUrgent);
    for (const job of new Set([...urgent, ...waiting].slice(0, JOBS_PER_PACE))) {
      this.backlog.delete(job.id);
      this.track(job);
    }
    if (this.backlog.size > 0) return;
    clearInterval(this.pacer);
    this.pacer = undefined;
  }
}
