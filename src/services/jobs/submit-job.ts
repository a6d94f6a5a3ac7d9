import { createHash, randomInt } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import type { OutboundPolicy } from "../../outbound/outbound.js";
import { isPublicAddress } from "../../outbound/public-address.js";
import type { Caller, InpaintRequest, Job } from "../job.js";
import type { ClipInspector } from "../preflight/clip-inspector.js";
import { QuotaExceededError, quotaFault } from "../quotas/limits.js";
import type { Quotas } from "../quotas/quotas.js";
import type { SubmitInput, SubmitOptions, SubmitOutcome } from "../services.js";
import type { JobStore } from "../store/job-store.js";
import { displayUrl, isDataUri, parseDataUri } from "./audio-url.js";
import { checkClip } from "./check-clip.js";
import { checkSubmission, effectiveMaskEnd } from "./check-input.js";

export interface SubmitDependencies {
  readonly store: JobStore;
  readonly quotas: Quotas;
  readonly clock: () => number;
  readonly maxDataUriBytes: number;
  readonly startTimeoutSeconds: number;
  readonly engine: "FAL" | "LOCAL";
  /** Null: clips are not looked at. */
  readonly clips: ClipInspector | null;
  /** Where webhooks may go. */
  readonly outboundPolicy: OutboundPolicy;
}

/**
 * Accepts a job: once this resolves with one, its row is durable and it will be sent. It does not wait for upstream.
 * An idempotency key that was used before returns its job, whatever its state, before any other check, and counts
 * towards no limit.
 */
export async function submitJob(
  { store, quotas, clock, maxDataUriBytes, startTimeoutSeconds, engine, clips, outboundPolicy }: SubmitDependencies,
  caller: Caller,
  input: SubmitInput,
  options: SubmitOptions,
): Promise<SubmitOutcome> {
  const idempotencyHash = hashOf(input, options);
  const known =
    options.idempotencyKey === null ? null : await store.findByIdempotencyKey(caller.id, options.idempotencyKey);
  if (known) return replay(known, idempotencyHash);

  const { isAllowedAddress = isPublicAddress } = outboundPolicy;
  const faults = checkSubmission(input, options, { maxDataUriBytes, isAllowedAddress });
  if (faults.length > 0) return { job: null, faults };
  const clip = clips && checkClip(await clips.inspect(input.audioUrl), input, engine);
  if (clip && clip.faults.length > 0) return { job: null, faults: clip.faults };

  const now = clock();
  const request = effectiveRequest({ ...input, secondsTotal: clip ? clip.secondsTotal : input.secondsTotal });
  const job = newJob(caller, request, options, now, options.startTimeoutSeconds ?? startTimeoutSeconds);
  const payload = isDataUri(input.audioUrl) ? input.audioUrl : null;
  const audioBytes = parseDataUri(payload ?? "")?.sizeBytes ?? 0;
  try {
    const { existing } = await store.insert({
      job,
      idempotencyKey: options.idempotencyKey,
      idempotencyHash,
      payload,
      webhookUrl: options.webhookUrl,
      admit: (query) => quotas.admitJob(query, job, audioBytes),
    });
    if (existing) return replay(existing, idempotencyHash);
  } catch (error) {
    if (!(error instanceof QuotaExceededError)) throw error;
    return { job: null, faults: [quotaFault(error, "audioUrl")] };
  }
  // Read again for its place in the queue.
  return { job: (await store.find(job.id)) ?? job, faults: [] };
}

function replay(known: { job: Job; hash: string }, hash: string): SubmitOutcome {
  if (known.hash === hash) return { job: known.job, faults: [] };
  return {
    job: null,
    faults: [
      {
        code: "IDEMPOTENCY_CONFLICT",
        field: ["options", "idempotencyKey"],
        message: `This idempotency key belongs to job ${known.job.id}, which was submitted with another input or other options. Use a new key for a new job.`,
      },
    ],
  };
}

/** A seed is drawn when none is given, so that the job can be repeated and its input told from any other. */
function effectiveRequest(input: SubmitInput): InpaintRequest {
  return {
    ...input,
    audioUrl: displayUrl(input.audioUrl),
    maskEnd: effectiveMaskEnd(input),
    seed: input.seed ?? BigInt(randomInt(2 ** 32)),
  };
}

function newJob(
  caller: Caller,
  input: InpaintRequest,
  options: SubmitOptions,
  now: number,
  startTimeoutSeconds: number,
): Job {
  return {
    id: uuidv7(),
    callerId: caller.id,
    status: "IN_QUEUE",
    submission: "WAITING",
    requestId: null,
    input,
    priority: options.priority,
    queuePosition: null,
    progress: null,
    output: null,
    archived: null,
    error: null,
    billed: "UNKNOWN",
    billableUnits: null,
    inferenceSeconds: null,
    createdAt: now,
    startDeadlineAt: now + startTimeoutSeconds * 1000,
    submittedAt: null,
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    ownerId: null,
    claimedAt: null,
    lastSequence: 1,
    logCount: 0,
  };
}

/** Over the input as the caller means it (defaults and effective values applied, seed only if given) and all options. */
function hashOf(input: SubmitInput, options: SubmitOptions): string {
  const { idempotencyKey: _, ...rest } = options;
  const meaning = { ...input, maskEnd: effectiveMaskEnd(input), seed: input.seed?.toString() ?? null, ...rest };
  return createHash("sha256")
    .update(JSON.stringify(Object.entries(meaning).sort()))
    .digest("hex");
}
