import type { Job } from "../job.js";
import { type FollowDependencies, JobFollower } from "./follow-job.js";

/** Follows every submitted job of this instance, each exactly once, however many watch it. */
export class Tracker {
  private readonly following = new Map<string, { follower: JobFollower; done: Promise<void> }>();
  private closed = false;

  /** @param onFreed told whenever a job is not followed any more, so that another may be sent. */
  constructor(
    private readonly dependencies: FollowDependencies,
    private readonly onFreed: () => void,
  ) {}

  /** Starts to follow a job that has a request id; a second call for the same job does nothing. */
  track(job: Job): void {
    if (this.closed || this.following.has(job.id)) return;
    const follower = new JobFollower(job, this.dependencies);
    const done = follower.run().finally(() => {
      this.following.delete(job.id);
      this.onFreed();
    });
    this.following.set(job.id, { follower, done });
  }

  /** The wish to cancel was stored; nothing happens for a job that has no request id yet. */
  passCancelOn(job: Job): void {
    this.following.get(job.id)?.follower.passCancelOn();
  }

  /** Stops following; the jobs go on upstream and are followed again after the next start. */
  async close(): Promise<void> {
    this.closed = true;
    const following = [...this.following.values()];
    for (const { follower } of following) follower.stop();
    await Promise.all(following.map(({ done }) => done));
  }
}
