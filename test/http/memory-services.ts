import { BadUserInputError, NotFoundError } from "../../src/errors.js";
import type { Caller, InpaintOutput, Job, JobUpdate, LogLine, TimelineEntry } from "../../src/services/job.js";
import type {
  CancelOutcome,
  EngineDescription,
  JobPage,
  PageRequest,
  ReceivedWebhook,
  RequestAllowance,
  ResultFile,
  Services,
  SubmitInput,
  SubmitOptions,
  SubmitOutcome,
  UploadOutcome,
  UploadRequest,
  ViewerDescription,
  WatchTokenOutcome,
  WebhookKeySet,
  WebhookVerdict,
} from "../../src/services/services.js";

/** 2026-11-22T12:00:00Z, when everything in these tests happens. */
export const NOW = Date.UTC(2026, 10, 22, 12);

/** What a test may change of the job in one update. */
export type JobChange = Partial<Job> & { readonly logs?: readonly string[] };

interface StoredJob {
  job: Job;
  readonly logs: LogLine[];
  readonly updates: JobUpdate[];
  /** Resolved and replaced at every update. */
  changed: Signal;
}

interface Signal {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function createSignal(): Signal {
  let resolve = () => {};
  const promise = new Promise<void>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}

const FINAL = new Set(["COMPLETED", "FAILED", "CANCELLED"]);

/** The use cases in memory, with the promises of `Services`; tests move jobs on by hand. */
export class MemoryServices implements Services {
  readonly submissions: { caller: Caller; input: SubmitInput; options: SubmitOptions }[] = [];
  readonly uploads: UploadRequest[] = [];
  readonly pages: PageRequest[] = [];
  readonly webhooks: ReceivedWebhook[] = [];
  /** What every webhook is found to be. */
  verdict: WebhookVerdict = "ACCEPTED";
  engine: EngineDescription = { kind: "LOCAL", status: "OK", message: null };
  /** Thrown by the next use case that is called, whatever it is. */
  fault: unknown;
  /** Thrown by every watcher at its next update. */
  watchFault: unknown;
  notReady: Error | null = null;
  countCalls = 0;
  openWatchers = 0;
  readonly #jobs = new Map<string, StoredJob>();

  /** Who shows which Authorization header; all others are anonymous. */
  readonly callers = new Map<string, Caller | Error>();
  /** What is left to anyone; an error refuses everybody. */
  allowance: RequestAllowance | Error | null = null;

  async authenticate(authorization: string | null): Promise<Caller> {
    const caller = this.callers.get(authorization ?? "") ?? { id: "anonymous" };
    if (caller instanceof Error) throw caller;
    return caller;
  }

  async countRequest(_caller: Caller): Promise<RequestAllowance | null> {
    if (this.allowance instanceof Error) throw this.allowance;
    return this.allowance;
  }

  async describeViewer(caller: Caller): Promise<ViewerDescription> {
    return { id: caller.id, limits: [{ name: "ACTIVE_JOBS", limit: 3, used: 1, resetsAt: null }] };
  }

  async createWatchToken(_caller: Caller, jobId: string, ttlSeconds: number): Promise<WatchTokenOutcome> {
    return { token: `watch ${jobId}`, expiresAt: NOW + ttlSeconds * 1_000, faults: [] };
  }

  async submitJob(caller: Caller, input: SubmitInput, options: SubmitOptions): Promise<SubmitOutcome> {
    this.#failIfTold();
    this.submissions.push({ caller, input, options });
    if (input.prompt.trim() === "") {
      return { job: null, faults: [{ code: "INVALID", message: "The prompt is blank.", field: ["prompt"] }] };
    }
    return { job: this.addJob({ input: { ...input, seed: input.seed ?? 7n } }), faults: [] };
  }

  async cancelJob(_caller: Caller, jobId: string): Promise<CancelOutcome> {
    this.#failIfTold();
    const stored = this.#jobs.get(jobId);
    if (!stored) {
      const fault = { code: "NOT_FOUND", message: "There is no such job.", field: ["id"] } as const;
      return { job: null, outcome: null, faults: [fault] };
    }
    if (FINAL.has(stored.job.status)) return { job: stored.job, outcome: "ALREADY_FINISHED", faults: [] };
    return { job: this.change(jobId, { status: "CANCELLED", finishedAt: NOW }), outcome: "CANCELLED", faults: [] };
  }

  async findJob(caller: Caller, jobId: string): Promise<Job | null> {
    this.#failIfTold();
    const job = this.#jobs.get(jobId)?.job;
    return job?.callerId === caller.id ? job : null;
  }

  async listJobs(_caller: Caller, page: PageRequest): Promise<JobPage> {
    this.#failIfTold();
    this.pages.push(page);
    if (page.after === "bogus") throw new BadUserInputError("The cursor in `after` is not one of this server's.");
    const jobs = [...this.#jobs.values()].map(({ job }) => job).reverse();
    const shown = page.first === null ? jobs.slice(-(page.last ?? 0)) : jobs.slice(0, page.first);
    return {
      edges: shown.map((job) => ({ cursor: `edge-${job.id}`, job })),
      hasNextPage: shown.at(-1) !== jobs.at(-1),
      hasPreviousPage: shown.at(0) !== jobs.at(0),
      countTotal: async () => {
        this.countCalls += 1;
        return jobs.length;
      },
    };
  }

  async readTimeline(_caller: Caller, job: Job): Promise<readonly TimelineEntry[]> {
    return [{ at: job.createdAt, event: "accepted", detail: null }];
  }

  async readLogs(_caller: Caller, { id: jobId }: Job, last: number): Promise<readonly LogLine[]> {
    this.#failIfTold();
    return this.#stored(jobId).logs.slice(-last);
  }

  async outputOf(job: Job): Promise<InpaintOutput | null> {
    return job.output;
  }

  async openResult(): Promise<ResultFile | null> {
    return null;
  }

  cursorOf(job: Job): string {
    return `cursor-${job.lastSequence}`;
  }

  async watchJob(_caller: Caller, jobId: string, after: string | null): Promise<AsyncIterableIterator<JobUpdate>> {
    const stored = this.#jobs.get(jobId);
    if (!stored) throw new NotFoundError(`There is no job ${jobId}.`);
    const position = after === null ? null : Number(after.replace("cursor-", ""));
    if (Number.isNaN(position)) throw new BadUserInputError("The cursor in `after` is not one of this server's.");
    const left = createSignal();
    const updates = this.#follow(stored, position, left.promise);
    const watch: AsyncIterableIterator<JobUpdate> = {
      next: () => updates.next(),
      // A generator that waits does not hear `return` before its next step: the signal takes it there.
      return: () => {
        left.resolve();
        return updates.return(undefined);
      },
      [Symbol.asyncIterator]: () => watch,
    };
    return watch;
  }

  async *#follow(stored: StoredJob, after: number | null, left: Promise<void>): AsyncGenerator<JobUpdate, undefined> {
    let next = (after ?? stored.job.lastSequence) + 1;
    this.openWatchers += 1;
    try {
      if (after === null) yield this.#snapshot(stored);
      for (;;) {
        const { changed } = stored;
        while (next < stored.updates.length) yield stored.updates[next++] as JobUpdate;
        if (FINAL.has(stored.job.status)) return;
        const hasLeft = await Promise.race([changed.promise.then(() => false), left.then(() => true)]);
        if (hasLeft) return;
        if (this.watchFault !== undefined) throw this.watchFault;
      }
    } finally {
      this.openWatchers -= 1;
    }
  }

  async createUpload(_caller: Caller, upload: UploadRequest): Promise<UploadOutcome> {
    this.#failIfTold();
    this.uploads.push(upload);
    const headers = [{ name: "content-type", value: upload.contentType }];
    const ticket = {
      uploadUrl: "https://files.test/put",
      method: "PUT",
      headers,
      fileUrl: "https://files.test/a",
    } as const;
    return { upload: { ...ticket, expiresAt: NOW }, faults: [] };
  }

  describeEngine(): EngineDescription {
    this.#failIfTold();
    return this.engine;
  }

  receiveWebhook: Services["receiveWebhook"] = async (webhook: ReceivedWebhook): Promise<WebhookVerdict> => {
    this.#failIfTold();
    this.webhooks.push(webhook);
    return this.verdict;
  };

  async publishWebhookKeys(): Promise<WebhookKeySet> {
    return { keys: [] };
  }

  async checkReadiness(): Promise<void> {
    if (this.notReady) throw this.notReady;
  }

  /** A new job of the anonymous caller, waiting in the queue unless told otherwise. */
  addJob(overrides: Partial<Job> = {}): Job {
    const job: Job = { ...NEW_JOB, id: `job-${this.#jobs.size + 1}`, ...overrides };
    this.#jobs.set(job.id, { job, logs: [], updates: [], changed: createSignal() });
    this.change(job.id, {});
    return job;
  }

  /** One update for all watchers of the job. */
  change(jobId: string, { logs = [], ...changes }: JobChange): Job {
    const stored = this.#stored(jobId);
    const lines = logs.map((message, index): LogLine => {
      const sequence = stored.logs.length + index + 1;
      return { sequence, message, level: "INFO", source: null, timestamp: NOW };
    });
    stored.logs.push(...lines);
    const lastSequence = stored.updates.length;
    stored.job = { ...stored.job, ...changes, lastSequence, logCount: stored.logs.length };
    stored.updates.push({ ...this.#snapshot(stored), snapshot: false, logs: lines });
    this.#wake(stored);
    return stored.job;
  }

  /** Ends every watcher of the job with the error. */
  failWatchers(jobId: string, error: unknown): void {
    this.watchFault = error;
    this.#wake(this.#stored(jobId));
  }

  #wake(stored: StoredJob): void {
    const { resolve } = stored.changed;
    stored.changed = createSignal();
    resolve();
  }

  #snapshot({ job, logs }: StoredJob): JobUpdate {
    const { status, queuePosition, progress } = job;
    return { cursor: this.cursorOf(job), snapshot: true, status, queuePosition, progress, logs: [...logs], job };
  }

  #stored(jobId: string): StoredJob {
    const stored = this.#jobs.get(jobId);
    if (!stored) throw new Error(`The test knows no job ${jobId}.`);
    return stored;
  }

  #failIfTold(): void {
    const { fault } = this;
    this.fault = undefined;
    if (fault !== undefined) throw fault;
  }
}

const NEW_JOB: Job = {
  id: "",
  callerId: "anonymous",
  status: "IN_QUEUE",
  submission: "WAITING",
  requestId: null,
  input: {
    prompt: "rain",
    audioUrl: "https://files.test/clip.wav",
    secondsTotal: 40,
    guidanceScale: 1,
    maskStart: 30,
    maskEnd: 40,
    numInferenceSteps: 8,
    seed: 7n,
  },
  priority: "NORMAL",
  queuePosition: null,
  progress: null,
  output: null,
  archived: null,
  error: null,
  billed: "UNKNOWN",
  billableUnits: null,
  inferenceSeconds: null,
  createdAt: NOW,
  startDeadlineAt: NOW + 3_600_000,
  submittedAt: null,
  startedAt: null,
  finishedAt: null,
  cancelRequestedAt: null,
  ownerId: null,
  claimedAt: null,
  lastSequence: 0,
  logCount: 0,
};
