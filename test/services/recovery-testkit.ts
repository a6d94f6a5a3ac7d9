import { onTestFinished } from "vitest";
import { createServices, type RunningServices } from "../../src/services/create-services.js";
import type { Job } from "../../src/services/job.js";
import type { Database } from "../../src/services/store/database.js";
import { JobStore } from "../../src/services/store/job-store.js";
import { EventQueue } from "../support/event-queue.js";
import { guardedLogger } from "../support/log-guard.js";
import { CALLER, makeJob } from "../support/make-job.js";
import { openStore } from "../support/open-store.js";
import { json, type ScriptedUpstream } from "../support/scripted-upstream.js";
import { SETTINGS } from "../support/service-settings.js";
import { createJobWatch } from "./dispatch-testkit.js";
import { OUTPUT, RESULT, STATUS, startQueue } from "./fal/fal-testkit.js";

export const NOW = 1_700_000_000_000;

export interface Instance {
  readonly services: RunningServices;
  readonly upstream: ScriptedUpstream;
  readonly database: Database;
  readonly store: JobStore;
  insert(overrides?: Partial<Job>, payload?: string): Promise<Job>;
  until(jobId: string, fits: (job: Job) => boolean): Promise<Job>;
}

/** The services over a store into which the test puts what an earlier process left behind; not started. */
export async function openInstance(): Promise<Instance> {
  const { upstream, queue } = await startQueue();
  const { database } = await openStore();
  const store = new JobStore(database, () => {});
  const services = createServices({
    database,
    queue,
    logger: guardedLogger,
    clock: () => NOW,
    outboundPolicy: {},
    baseUrl: () => "",
    settings: SETTINGS,
  });
  onTestFinished(() => services.close());
  const until = async (jobId: string, fits: (job: Job) => boolean) => {
    const commits = new EventQueue<readonly string[]>();
    const watch = await services.watchJob(CALLER, jobId, null);
    const forward = async () => {
      for await (const _ of watch) commits.push([jobId]);
      commits.push([jobId]);
    };
    void forward();
    return createJobWatch(store, commits)(jobId, fits).finally(() => watch.return?.());
  };
  const insert = async (overrides: Partial<Job> = {}, payload: string | null = null) => {
    const job = makeJob({ createdAt: NOW - 10_000, ...overrides });
    await store.insert({ job, idempotencyKey: null, idempotencyHash: "", payload, webhookUrl: null });
    // What `insert` does not store of a job, the step does.
    const before = { ...job, requestId: null, submittedAt: null, startedAt: null, ownerId: null, claimedAt: null };
    const after = await store.change({ before, after: job, name: "sending", at: NOW });
    return after ?? job;
  };
  return { services, upstream, database, store, insert, until };
}

/** The job's request as upstream's history shows it. */
export function pastRequest({ input }: Job, requestId: string, changes: Record<string, unknown> = {}) {
  const json_input = {
    prompt: input.prompt,
    audio_url: input.audioUrl,
    guidance_scale: input.guidanceScale,
    mask_start: input.maskStart,
    mask_end: input.maskEnd,
    num_inference_steps: input.numInferenceSteps,
    seed: Number(input.seed),
    ...(input.secondsTotal === null ? {} : { seconds_total: input.secondsTotal }),
    ...changes,
  };
  return { request_id: requestId, json_input };
}

export function history(...items: unknown[]) {
  return json(200, { items, has_more: false });
}

export function finishUpstream(upstream: ScriptedUpstream): void {
  upstream.on(STATUS, json(200, { status: "COMPLETED", logs: [] }));
  upstream.on(RESULT, json(200, OUTPUT));
}
