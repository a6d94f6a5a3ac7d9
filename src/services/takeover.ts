import type { Logger } from "pino";
import type { Job } from "./job.js";
import { takeOver } from "./job-state.js";
import { changeJob } from "./jobs/change-job.js";
import type { Lease } from "./lease.js";
import type { JobClaims } from "./store/job-claims.js";
import type { JobStore } from "./store/job-store.js";
import { Sweep } from "./sweep.js";

export interface TakeoverDependencies {
  readonly store: JobStore;
  readonly claims: JobClaims;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly lease: Pick<Lease, "instanceId" | "isHeld">;
  /** Told jobs of this instance that were sent, some of them again and again. */
  readonly onOwned: (jobs: readonly Job[]) => void;
}

const SWEEP_MS = 1_000;
/** Own jobs are looked over every so many sweeps: one may have been submitted, or be wished cancelled, elsewhere. */
const SWEEPS_PER_REVIEW = 5;

/**
 * Takes the jobs of instances that are gone, this program's own former run among them. Two instances may try at once:
 * the step is a compare-and-set, so one gets the job, and the former owner's next write finds that it is not its own.
 */
export class Takeover {
  private readonly sweep: Sweep;
  private sweeps = 0;

  constructor(private readonly dependencies: TakeoverDependencies) {
    const { logger } = dependencies;
    this.sweep = new Sweep(() => this.take(), { everyMs: SWEEP_MS, logger, failure: "jobs could not be looked over" });
  }

  start(): void {
    this.sweep.start();
  }

  close(): Promise<void> {
    return this.sweep.close();
  }

  private async take(): Promise<void> {
    const { claims, lease, onOwned } = this.dependencies;
    // Page by page without a pause, so that watched ones among thousands are known soon. An instance that counts as dead
    // itself takes nothing.
    while (!this.sweep.signal.aborted && lease.isHeld()) {
      const taken = await this.takeSome(lease.instanceId);
      if (taken.length === 0) break;
      onOwned(taken);
    }
    if (this.sweeps++ % SWEEPS_PER_REVIEW === 0) onOwned(await claims.findSubmitted(lease.instanceId));
  }

  private async takeSome(instanceId: string): Promise<Job[]> {
    const { store, claims, clock } = this.dependencies;
    const taken = await Promise.all(
      (await claims.findOrphans()).map((job) =>
        changeJob(store, job, { name: "taken-over", at: clock() }, (current) =>
          current.ownerId === job.ownerId ? takeOver(current, instanceId) : null,
        ),
      ),
    );
    return taken.filter((job) => job !== null);
  }
}
