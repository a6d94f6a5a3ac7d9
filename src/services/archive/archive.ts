import type { Logger } from "pino";
import type { FalQueue } from "../fal/fal-queue.js";
import { ForbiddenHostError } from "../fal/hosts.js";
import type { InpaintOutput, Job } from "../job.js";
import { reasonOf } from "../reason-of.js";
import type { ResultFile, ResultLink } from "../services.js";
import type { JobArchive } from "../store/job-archive.js";
import type { JobStore } from "../store/job-store.js";
import { Sweep } from "../sweep.js";
import type { ArchiveFolder } from "./archive-folder.js";
import { copyResult, MissingResultError } from "./copy-result.js";
import type { ResultLinks } from "./result-links.js";

export interface ArchiveDependencies {
  readonly folder: ArchiveFolder;
  readonly links: ResultLinks;
  readonly jobs: JobArchive;
  readonly store: JobStore;
  readonly queue: FalQueue;
  readonly logger: Logger;
  readonly clock: () => number;
  /** Other instances copy to the same folder: each its own jobs first. */
  readonly shared: boolean;
  readonly instanceId: string;
  readonly maxBytes: number;
  /** Told when results were copied, or given up. */
  readonly onSettled: () => void;
}

const SWEEP_MS = 5_000;
const TIDY_MS = 60 * 60_000;
const MAX_AT_ONCE = 4;
const JOBS_PER_LOOK = 100;
const IDS_PER_QUESTION = 100;
/** fal says that files stay for "at least 7 days". */
const WINDOW_MS = 7 * 24 * 60 * 60_000;
/** A file that is new may not be everywhere in a CDN yet. */
const MISSING_IS_CERTAIN_AFTER_MS = 60 * 60_000;
/** The instance that followed the job has this long to copy its result. */
const OWNERS_TIME_MS = 60_000;
const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 5 * 60_000;

/**
 * Keeps the results of completed jobs, which upstream keeps for some days only, as long as the jobs. What is still to be
 * copied is read from the store, so nothing is forgotten by a restart; a copy that fails is tried again, ever more
 * seldom, while upstream may still have the file.
 */
export class Archive {
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly retries = new Map<string, { dueAt: number; waitMs: number }>();
  private readonly sweep: Sweep;
  private tidyTimer: NodeJS.Timeout | undefined;
  private tidying: Promise<void> = Promise.resolve();
  private usedBytes = 0;

  constructor(private readonly dependencies: ArchiveDependencies) {
    const failure = "results to keep were not looked for";
    this.sweep = new Sweep(() => this.look(), { everyMs: SWEEP_MS, logger: dependencies.logger, failure });
  }

  /** Rejects when the folder can't be made. */
  async start(): Promise<void> {
    await this.dependencies.folder.make();
    // Counting many files takes a while: the server does not wait for it.
    this.tidy();
    this.tidyTimer = setInterval(() => this.tidy(), TIDY_MS);
    this.sweep.start();
  }

  /** Some job may have completed. Does nothing before the start. */
  wake(): void {
    this.sweep.wake();
  }

  /** What is copied stays to be copied again; nothing is left in part. */
  async close(): Promise<void> {
    clearInterval(this.tidyTimer);
    await this.sweep.close();
    await Promise.all([this.tidying, ...this.underWay.values()]);
  }

  /** The job's output, whose file is the kept one once there is one. */
  async outputOf({ id, output, archived }: Job): Promise<InpaintOutput | null> {
    if (!output || !archived) return output;
    const { fileName, contentType, sizeBytes } = archived;
    const url = await this.dependencies.links.make(id, fileName);
    return { ...output, audio: { ...output.audio, url, fileName, contentType, fileSize: sizeBytes } };
  }

  /** Null for a link that this server did not make, and for a file that is gone. */
  async open(link: ResultLink): Promise<ResultFile | null> {
    const { links, folder, store } = this.dependencies;
    if (!(await links.isGenuine(link))) return null;
    const [job, file] = await Promise.all([store.find(link.jobId), folder.find(link.jobId)]);
    if (!job?.archived || !file) return null;
    const { fileName, contentType } = job.archived;
    const stream = (start: number, end: number) => folder.stream(job.id, start, end);
    return { id: job.id, name: fileName, contentType, ...file, stream };
  }

  /** The jobs were removed, and so are their results. Never rejects: what is left is found by tidying. */
  async remove(jobIds: readonly string[]): Promise<void> {
    await Promise.all(jobIds.map((id) => this.dependencies.folder.remove(id).catch(() => {})));
  }

  private async look(): Promise<void> {
    const { jobs, clock } = this.dependencies;
    // How full the folder is must be known first.
    await this.tidying;
    const now = clock();
    const found = await jobs.findUnsettled(now - WINDOW_MS, JOBS_PER_LOOK);
    for (const job of found.filter((each) => this.isDue(each, now))) {
      if (this.underWay.size >= MAX_AT_ONCE || this.sweep.signal.aborted) return;
      const keeping = this.keep(job).finally(() => {
        this.underWay.delete(job.id);
        this.wake();
      });
      this.underWay.set(job.id, keeping);
    }
  }

  private isDue(job: Job, now: number): boolean {
    const { shared, instanceId, maxBytes } = this.dependencies;
    if (this.usedBytes >= maxBytes || this.underWay.has(job.id)) return false;
    if (shared && job.ownerId !== instanceId && now < (job.finishedAt ?? now) + OWNERS_TIME_MS) return false;
    return now >= (this.retries.get(job.id)?.dueAt ?? 0);
  }

  /** Never rejects. */
  private async keep(job: Job): Promise<void> {
    const { jobs, folder, store, logger, onSettled } = this.dependencies;
    if (!job.output) return;
    try {
      const file = await copyResult(this.dependencies, job.id, job.output.audio, this.sweep.signal);
      this.usedBytes += file.sizeBytes;
      const settled = await jobs.settle(job.id, file);
      if (!settled && !(await store.find(job.id))) await folder.remove(job.id);
      this.retries.delete(job.id);
      onSettled();
    } catch (error) {
      if (this.sweep.signal.aborted) return;
      logger.warn({ jobId: job.id, reason: reasonOf(error) }, "a result could not be copied");
      await this.afterFailure(job, error).catch(() => {});
    }
  }

  private async afterFailure(job: Job, error: unknown): Promise<void> {
    const { jobs, clock, onSettled } = this.dependencies;
    const now = clock();
    const last = this.retries.get(job.id)?.waitMs ?? FIRST_RETRY_MS / 2;
    const waitMs = Math.min(LAST_RETRY_MS, last * 2);
    this.retries.set(job.id, { dueAt: now + waitMs, waitMs });
    const isGone = error instanceof MissingResultError && now > (job.finishedAt ?? now) + MISSING_IS_CERTAIN_AFTER_MS;
    if (!isGone && !(error instanceof ForbiddenHostError)) return;
    await jobs.settle(job.id, null);
    onSettled();
  }

  /** Counts what is kept, and removes what belongs to no job any more. */
  private tidy(): void {
    this.tidying = this.sweepFolder().catch((error: unknown) =>
      this.dependencies.logger.warn({ reason: reasonOf(error) }, "the archive was not tidied"),
    );
  }

  private async sweepFolder(): Promise<void> {
    const { folder, store, logger, clock, maxBytes } = this.dependencies;
    this.retries.clear();
    const names = await folder.list(clock());
    let usedBytes = 0;
    for (let start = 0; start < names.length && !this.sweep.signal.aborted; start += IDS_PER_QUESTION) {
      const ids = names.slice(start, start + IDS_PER_QUESTION);
      const known = new Set((await store.findMany(ids)).map(({ id }) => id));
      await this.remove(ids.filter((id) => !known.has(id)));
      for (const id of known) usedBytes += (await folder.find(id))?.sizeBytes ?? 0;
    }
    this.usedBytes = usedBytes;
    if (usedBytes >= maxBytes) logger.warn({ usedBytes, maxBytes }, "the archive is full: results are not copied");
  }
}
