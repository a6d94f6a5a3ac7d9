import { createFalClient } from "@fal-ai/client";
import { Observations } from "../../observations.js";
import { type InpaintRequest, MODEL_ID, type QueuePriority } from "../job.js";
import { decodeRequestId, decodeStatus, record, text, UndecodableError, type UpstreamStatus } from "./decode.js";
import { ExactInteger, tryParse, tryParseExact } from "./exact-json.js";
import { FalStorage } from "./fal-storage.js";
import { guardedFetch, refuseFailure } from "./guarded-fetch.js";
import type { FalHosts } from "./hosts.js";
import { type PastRequest, readHistory } from "./request-history.js";
import {
  afterStatusError,
  NO_ERROR,
  outcomeOfFailure,
  outcomeOfSuccess,
  type ResultOutcome,
  type StatusError,
} from "./result-outcome.js";
import { readStatusStream } from "./status-stream.js";
import { notAccepted, type SubmitOutcome } from "./submit-outcome.js";
import { UpstreamResponseError, UpstreamTransport } from "./transport.js";
import type { UpstreamResponse } from "./whole-answer.js";

export type CancelWord = "CANCELLED" | "CANCELLATION_REQUESTED" | "ALREADY_COMPLETED" | "NOT_FOUND";

/** Made once: each stream ends with it, and a new error of its own would be a stack trace each time. */
const NOT_READ_ANY_MORE = new Error("The status stream is not read any more.");

type FalClient = ReturnType<typeof createFalClient>;

/** The wire's path leaves out everything of the endpoint id after its first two parts. */
const REQUESTS_URL = `https://queue.fal.run/${MODEL_ID.split("/").slice(0, 2).join("/")}/requests`;
const WEBHOOK_KEYS_URL = "https://rest.fal.ai/.well-known/jwks.json";
/** Somebody waits for the answer to a webhook meanwhile. */
const WEBHOOK_KEYS_TIMEOUT_MS = 5_000;

/**
 * fal's queue for our one model, or the engine that stands in its place. Unless a method says otherwise it rejects with
 * UpstreamUnreachableError, UpstreamResponseError or UndecodableError, and never repeats a request by itself.
 */
export class FalQueue {
  readonly storage: FalStorage;
  private readonly transport: UpstreamTransport;
  private readonly fetch: typeof fetch;
  private readonly client: FalClient;

  /** @param callTimeoutMs how long a call may take. A submit may carry 64 kB of audio inline, the others are small. */
  constructor(
    private readonly hosts: FalHosts,
    private readonly callTimeoutMs = 30_000,
    private readonly observations = new Observations(),
  ) {
    this.transport = new UpstreamTransport(hosts, observations);
    this.fetch = guardedFetch(this.transport, callTimeoutMs);
    this.client = clientOf(this.fetch);
    this.storage = new FalStorage(hosts, this.transport, this.fetch, (file) => this.client.storage.upload(file));
  }

  get kind(): "FAL" | "LOCAL" {
    return this.hosts.kind;
  }

  /** Names whose requests it sends. */
  get account(): string {
    return this.hosts.account;
  }

  /** Sends the request once. Never rejects: whatever happens is one of the three outcomes. */
  async submit(
    input: InpaintRequest,
    options: { priority: QueuePriority; startTimeoutSeconds: number; webhookUrl?: string | null },
  ): Promise<SubmitOutcome> {
    const outcome = await this.sendOnce(input, options);
    const refused = outcome.kind === "refused" && !outcome.passing;
    this.observations.emit("submission", refused ? "rejected" : outcome.kind);
    return outcome;
  }

  private async sendOnce(...[input, options]: Parameters<FalQueue["submit"]>): Promise<SubmitOutcome> {
    try {
      const accepted = await this.client.queue.submit(MODEL_ID, {
        input: wireInput(input) as never,
        priority: options.priority === "LOW" ? "low" : "normal",
        startTimeout: options.startTimeoutSeconds,
        webhookUrl: options.webhookUrl ?? undefined,
      });
      return { kind: "accepted", requestId: decodeRequestId(accepted.request_id) };
    } catch (error) {
      return notAccepted(error);
    }
  }

  async status(requestId: string, signal?: AbortSignal): Promise<UpstreamStatus> {
    const { text: json } = await this.ask("GET", `${requestId}/status?logs=1`, signal);
    // No integer in it has to be exact, and there may be thousands of log lines.
    return decodeStatus(tryParse(json)?.value);
  }

  /** Statuses as they come, log lines incrementally. Ends when the stream does; throws on any oddity. */
  async *streamStatus(requestId: string, signal: AbortSignal): AsyncGenerator<UpstreamStatus, void> {
    signal.throwIfAborted();
    const controller = new AbortController();
    const abort = () => controller.abort(NOT_READ_ANY_MORE);
    signal.addEventListener("abort", abort, { once: true });
    const url = `${REQUESTS_URL}/${requestId}/status/stream?logs=1`;
    const open = () =>
      this.transport.openStream({ method: "GET", url, headers: { accept: "text/event-stream" } }, controller.signal);
    try {
      for await (const event of readStatusStream(open, abort)) yield decodeStatus(event);
    } finally {
      signal.removeEventListener("abort", abort);
      abort();
    }
  }

  /**
   * The end of a request. Rejects only where no answer came.
   *
   * @param told what the COMPLETED status said: with an error in it the request failed, whatever its result says.
   */
  async result(
    requestId: string,
    submittedSeed: bigint,
    told: StatusError = NO_ERROR,
    signal?: AbortSignal,
  ): Promise<ResultOutcome> {
    const outcome = await this.askForResult(requestId, submittedSeed, signal);
    return this.costed(afterStatusError(outcome, told));
  }

  async cancel(requestId: string, signal?: AbortSignal): Promise<CancelWord> {
    try {
      const { text: json } = await this.ask("PUT", `${requestId}/cancel`, signal);
      const answer = record(tryParseExact(json)?.value);
      // Not fal's own answer, so nothing is known to be passed on.
      if (!answer) throw new UndecodableError("Expected JSON in answer to a cancel from upstream.");
      return answer.status === "CANCELLATION_REQUESTED" ? answer.status : "CANCELLED";
    } catch (error) {
      if (error instanceof UpstreamResponseError) {
        const word = text(record(error.body)?.status);
        if (word === "ALREADY_COMPLETED" || word === "NOT_FOUND") return word;
      }
      throw error;
    }
  }

  /** The account's own requests to our model since a time, as far as their input is kept. */
  requestsSince(since: number): Promise<PastRequest[]> {
    return readHistory(this.fetch, since);
  }

  /** The public keys of upstream's webhooks: a JSON Web Key Set, as JSON. */
  async webhookKeys(): Promise<unknown> {
    const signal = AbortSignal.timeout(WEBHOOK_KEYS_TIMEOUT_MS);
    const response = await this.fetch(WEBHOOK_KEYS_URL, { headers: { accept: "application/json" }, signal });
    return response.json();
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  private async askForResult(requestId: string, submittedSeed: bigint, signal?: AbortSignal): Promise<ResultOutcome> {
    try {
      const { text: json, headers } = await this.ask("GET", requestId, signal);
      const body = tryParseExact(json)?.value;
      return outcomeOfSuccess(body, headers, submittedSeed, (url) => this.hosts.isFileUrl(url));
    } catch (error) {
      if (error instanceof UpstreamResponseError) return outcomeOfFailure(error);
      throw error;
    }
  }

  /** A question about one request. The client drops headers, and cancel's body, and takes as long as all the rest. */
  private async ask(method: "GET" | "PUT", path: string, signal?: AbortSignal): Promise<UpstreamResponse> {
    const url = `${REQUESTS_URL}/${path}`;
    const headers = { accept: "application/json" };
    const response = await this.transport.send({ method, url, headers, timeoutMs: this.callTimeoutMs, signal });
    refuseFailure(response);
    return response;
  }

  /** An engine in fal's place costs nothing. */
  private costed(outcome: ResultOutcome): ResultOutcome {
    if (this.kind !== "LOCAL" || outcome.kind === "pending") return outcome;
    return { ...outcome, settlement: { ...outcome.settlement, billed: "NO" } };
  }
}

/** The transport attaches the key; the client is given none, so that it can't leak one. */
function clientOf(send: typeof fetch): FalClient {
  return createFalClient({ credentials: () => undefined, fetch: send, suppressLocalCredentialsWarning: true });
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
