import { performance } from "node:perf_hooks";
import type { Logger } from "pino";
import { v7 as uuidv7 } from "uuid";
import { reasonOf } from "./reason-of.js";
import type { JobClaims } from "./store/job-claims.js";

const BEAT_MS = 1_000;
/** An instance that gave no sign of life for this long is dead to the others, and they take its jobs. */
const LIFETIME_MS = 3_000;

/**
 * This instance's claim to the jobs it owns: one row, renewed once a second, however many jobs. Others judge it by the
 * database's clock; the instance itself by its own monotonic clock, from before the renewal was sent, so that it counts
 * itself dead before anyone else does.
 */
export class Lease {
  readonly instanceId = uuidv7();
  private heldUntilMs = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | null = null;

  constructor(
    private readonly claims: JobClaims,
    private readonly logger: Logger,
  ) {}

  /** Resolves once the lease is held; rejects when the store can't be written. */
  async start(): Promise<void> {
    await this.claims.forgetOthers(this.instanceId);
    await this.beat();
    this.timer = setInterval(() => {
      this.beating ??= this.beat()
        .catch((error: unknown) => this.logger.warn({ reason: reasonOf(error) }, "the lease was not renewed"))
        .finally(() => {
          this.beating = null;
        });
    }, BEAT_MS);
  }

  /** False: another instance may own this one's jobs by now, so nothing may be sent for them. */
  isHeld(): boolean {
    return performance.now() < this.heldUntilMs;
  }

  /** Hands everything over at once. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    this.heldUntilMs = Number.NEGATIVE_INFINITY;
    await this.claims
      .leave(this.instanceId)
      .catch((error: unknown) => this.logger.warn({ reason: reasonOf(error) }, "jobs are taken over a little later"));
  }

  private async beat(): Promise<void> {
    const sentAtMs = performance.now();
    await this.claims.heartbeat(this.instanceId, LIFETIME_MS);
    this.heldUntilMs = sentAtMs + LIFETIME_MS;
  }
}
