import { createFalClient } from "@fal-ai/client";
import { type InpaintOutput, type InpaintRequest, type JobError, MODEL_ID, type QueuePriority } from "../job.js";
import type { Settlement } from "../job-state.js";
import { decodeOutput, decodeRequestId, decodeStatus, record, text, type UpstreamStatus } from "./decode.js";
import { ExactInteger } from "./exact-json.js";
import { guardedFetch, withResponse } from "./guarded-fetch.js";
import type { FalHosts } from "./hosts.js";
import { mapFailure, numberHeader } from "./map-failure.js";
import { readStatusStream } from "./status-stream.js";
import { UpstreamResponseError, UpstreamTransport, UpstreamUnreachableError } from "./transport.js";

export type SubmitOutcome =
  | { readonly kind: "accepted"; readonly requestId: string }
  /** Upstream certainly did not take it. `passing`: it may take it later; else `error` is final. */
  | { readonly kind: "refused"; readonly passing: boolean; readonly error: JobError }
  /** It was sent, and whether it was taken can't be told. It must never be sent again. */
  | { readonly kind: "unknown"; readonly reason: string };

export type ResultOutcome =
  | { readonly kind: "output"; readonly output: InpaintOutput; readonly settlement: Settlement }
  | { readonly kind: "failed"; readonly error: JobError; readonly settlement: Settlement }
  | { readonly kind: "cancelled"; readonly settlement: Settlement }
  | { readonly kind: "pending" };

export type CancelWord = "CANCELLED" | "CANCELLATION_REQUESTED" | "ALREADY_COMPLETED" | "NOT_FOUND";

export interface SignedUpload {
  readonly uploadUrl: string;
  readonly fileUrl: string;
}

/** One entry of upstream's request history. */
export interface PastRequest {
  readonly requestId: string;
  /** As it was on the wire. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** The wire's path leaves out everything of the endpoint id after its first two parts. */
const REQUESTS_URL = `https://queue.fal.run/${MODEL_ID.split("/").slice(0, 2).join("/")}/requests`;
const HISTORY_URL = "https://api.fal.ai/v1/models/requests/by-endpoint";
const MAX_HISTORY_PAGES = 10;
const INITIATE_URL = "https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3";

/**
 * fal's queue for our one model, or the engine that stands in its place. Unless a method says otherwise it rejects with
 * UpstreamUnreachableError, UpstreamResponseError or UndecodableError, and never repeats a request by itself.
 */
export class FalQueue {
  private readonly transport: UpstreamTransport;
  private readonly fetch: typeof fetch;
  private readonly client: ReturnType<typeof createFalClient>;

  constructor(private readonly hosts: FalHosts) {
    this.transport = new UpstreamTransport(hosts);
    this.fetch = guardedFetch(this.transport);
    // The transport attaches the key; the client is given none, so that it can't leak one.
    this.client = createFalClient({
      credentials: () => undefined,
      fetch: this.fetch,
      suppressLocalCredentialsWarning: true,
    });
  }

  get kind(): "FAL" | "LOCAL" {
    return this.hosts.kind;
  }

  /** Sends the request once. Never rejects: whatever happens is one of the three outcomes. */
  async submit(
    input: InpaintRequest,
    options: { priority: QueuePriority; startTimeoutSeconds: number },
  ): Promise<SubmitOutcome> {
    try {
      const accepted = await this.client.queue.submit(MODEL_ID, {
        input: wireInput(input) as never,
        priority: options.priority === "LOW" ? "low" : "normal",
        startTimeout: options.startTimeoutSeconds,
      });
      return { kind: "accepted", requestId: decodeRequestId(accepted.request_id) };
    } catch (error) {
      if (error instanceof UpstreamResponseError) return refusal(error);
      if (error instanceof UpstreamUnreachableError && !error.sent) {
        return { kind: "refused", passing: true, error: unavailable(error.message) };
      }
      return { kind: "unknown", reason: (error as Error).message };
    }
  }

  async status(requestId: string, signal?: AbortSignal): Promise<UpstreamStatus> {
    const status = await this.client.queue.status(MODEL_ID, { requestId, logs: true, abortSignal: signal });
    return decodeStatus(status);
  }

  /** Statuses as they come, log lines incrementally. Ends when the stream does; throws on any oddity. */
  async *streamStatus(requestId: string, signal: AbortSignal): AsyncGenerator<UpstreamStatus, void> {
    const controller = new AbortController();
    const abort = () => controller.abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const stream = await this.transport.openStream(
        {
          method: "GET",
          url: `${REQUESTS_URL}/${requestId}/status/stream?logs=1`,
          headers: { accept: "text/event-stream" },
        },
        controller.signal,
      );
      for await (const event of readStatusStream(stream, abort)) yield decodeStatus(event);
    } finally {
      signal.removeEventListener("abort", abort);
      abort();
    }
  }

  /** The end of a request. Rejects only where the answer says nothing of the request: no connection, no JSON. */
  async result(requestId: string, submittedSeed: bigint, signal?: AbortSignal): Promise<ResultOutcome> {
    try {
      const { result, response } = await withResponse(() =>
        this.client.queue.result(MODEL_ID, { requestId, abortSignal: signal }),
      );
      const billableUnits = numberHeader(response?.headers["x-fal-billable-units"]);
      return {
        kind: "output",
        output: decodeOutput(result.data, submittedSeed),
        settlement: this.settle("YES", billableUnits),
      };
    } catch (error) {
      if (!(error instanceof UpstreamResponseError)) throw error;
      if (error.status === 400 && /still in progress/i.test(text(record(error.body)?.detail) ?? "")) {
        return { kind: "pending" };
      }
      const failure = mapFailure(error.status, error.headers, error.body);
      const settlement = this.settle(failure.billed, failure.billableUnits);
      return failure.cancelled
        ? { kind: "cancelled", settlement }
        : { kind: "failed", error: failure.error, settlement };
    }
  }

  /** The outcome word stands in the body, which the client drops. */
  async cancel(requestId: string): Promise<CancelWord> {
    try {
      const { response } = await withResponse(() => this.client.queue.cancel(MODEL_ID, { requestId }));
      return response?.text.includes("CANCELLATION_REQUESTED") ? "CANCELLATION_REQUESTED" : "CANCELLED";
    } catch (error) {
      if (error instanceof UpstreamResponseError) {
        const word = text(record(error.body)?.status);
        if (word === "ALREADY_COMPLETED" || word === "NOT_FOUND") return word;
      }
      throw error;
    }
  }

  /** The account's own requests to our model since a time, as far as their input is kept ("by-endpoint" of fal's API). */
  async requestsSince(since: number): Promise<PastRequest[]> {
    const found: PastRequest[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MAX_HISTORY_PAGES; page++) {
      const query: Record<string, string> = {
        endpoint_id: MODEL_ID,
        start: new Date(since).toISOString(),
        expand: "payloads",
        limit: "100",
        ...(cursor === null ? {} : { cursor }),
      };
      const response = await this.fetch(`${HISTORY_URL}?${new URLSearchParams(query)}`, {
        headers: { accept: "application/json" },
      });
      const body = record(await response.json());
      for (const item of Array.isArray(body?.items) ? body.items : []) {
        const request = record(item);
        const input = record(request?.json_input);
        if (request && input) found.push({ requestId: decodeRequestId(request.request_id), input });
      }
      cursor = body?.has_more === true ? text(body.next_cursor) : null;
      if (cursor === null) break;
    }
    return found;
  }

  /** A signed address to PUT a file to; the client has no call that stops before the upload. */
  async initiateUpload(fileName: string, contentType: string): Promise<SignedUpload> {
    const response = await this.fetch(INITIATE_URL, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ content_type: contentType, file_name: fileName }),
    });
    const body = record(await response.json());
    const uploadUrl = text(body?.upload_url);
    const fileUrl = text(body?.file_url);
    if (uploadUrl === null || fileUrl === null) throw new Error("Upstream's storage answered without addresses.");
    return { uploadUrl, fileUrl };
  }

  /** Stores a file upstream and resolves to its URL. */
  upload(file: Blob): Promise<string> {
    return this.client.storage.upload(file);
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  /** The embedded engine costs nothing. */
  private settle(billed: Settlement["billed"], billableUnits: number | null): Settlement {
    return { billed: this.kind === "LOCAL" ? "NO" : billed, billableUnits, inferenceSeconds: null };
  }
}

function wireInput(input: InpaintRequest): Record<string, unknown> {
  return {
    prompt: input.prompt,
    audio_url: input.audioUrl,
    ...(input.secondsTotal === null ? {} : { seconds_total: input.secondsTotal }),
    guidance_scale: input.guidanceScale,
    mask_start: input.maskStart,
    mask_end: input.maskEnd,
    num_inference_steps: input.numInferenceSteps,
    seed: new ExactInteger(input.seed),
  };
}

/** Refusals that certainly did not enqueue. A refused key, a locked balance and a full queue may pass. */
function refusal({ status, headers, body }: UpstreamResponseError): SubmitOutcome {
  if (status === 401 || status === 403 || status === 429) {
    return { kind: "refused", passing: true, error: mapFailure(status, headers, body).error };
  }
  if (status === 404) {
    const { error } = mapFailure(status, headers, body);
    const detail = text(record(body)?.detail) ?? "The model is not known there.";
    return {
      kind: "refused",
      passing: false,
      error: { ...error, code: "UPSTREAM_FAILED", message: detail, retryable: false },
    };
  }
  if (status >= 400 && status < 500) {
    return { kind: "refused", passing: false, error: mapFailure(status, headers, body).error };
  }
  return { kind: "unknown", reason: `Upstream answered ${status} to the submission.` };
}

function unavailable(message: string): JobError {
  return {
    code: "UPSTREAM_UNAVAILABLE",
    message,
    field: null,
    upstreamType: null,
    upstreamStatus: null,
    retryable: true,
  };
}
