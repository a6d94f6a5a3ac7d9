import { expect } from "vitest";
import type { InpaintAudioInput, JobFieldsFragment, SubmitOptions } from "../../src/operations/documents.js";
import { dataUri, makeWav } from "../support/wav-fixture.js";

/**
 * The faults that the engine can play (its fault switches), and what must become of a job that meets them. Unless a case
 * says otherwise the model logs "one", stays in its middle until everybody is there, logs "two", and makes audio; and
 * success is billed.
 */
export interface FaultCase {
  readonly name: string;
  readonly faults: readonly Record<string, unknown>[];
  readonly end: ExpectedEnd;
  readonly input?: Partial<InpaintAudioInput>;
  readonly options?: SubmitOptions;
  /** The caller cancels the job in its middle. */
  readonly isCancelled?: boolean;
  /** When it is in its middle, if not once it has logged "one". */
  readonly isInMiddle?: (job: JobFieldsFragment) => boolean;
}

export interface ExpectedEnd {
  readonly status: "COMPLETED" | "FAILED" | "CANCELLED";
  readonly code: string | null;
  readonly billed: "YES" | "NO" | "UNKNOWN";
  readonly logs: readonly string[];
  /** What upstream saw of it, exactly. */
  readonly submits: number;
  readonly cancels: number;
  /** "several": asked for again and again for half a minute, with jitter. */
  readonly results: number | "several";
}

type Details = Omit<FaultCase, "name" | "faults" | "end">;
type Fault = Record<string, unknown>;

const COMPLETED: ExpectedEnd = {
  status: "COMPLETED",
  code: null,
  billed: "YES",
  logs: ["one", "two"],
  submits: 1,
  cancels: 0,
  results: 1,
};
const CANCELLED: ExpectedEnd = { ...COMPLETED, status: "CANCELLED", billed: "UNKNOWN", logs: ["one"], cancels: 1 };
const UNCONFIRMED = failed("SUBMISSION_UNCONFIRMED", "UNKNOWN", { logs: [], results: 0 });

/** For everybody: such a fault stands in a world of its own. */
const ALL = { match: null };
const CANCEL: Details = { isCancelled: true };
/** Only a cancel ends it. */
const HELD = { fault: "scripted-model", steps: [{ log: "one" }, { hold: "for ever" }, { log: "two" }] };
/** Given up a second after that. Long enough for every other job to be sent before. */
const LOST: Details = { options: { startTimeout: 25 }, isInMiddle: ({ submission }) => submission === "UNCONFIRMED" };
const SENT: Details = { isInMiddle: ({ submission }) => submission === "SUBMITTED" };

/** Everything that can happen to any call, once. */
const SPOILT: readonly Fault[] = [
  { fault: "answer", statusCode: 503 },
  { fault: "html" },
  { fault: "redirect", location: "/elsewhere" },
  { fault: "large-json" },
  { fault: "silence" },
  { fault: "reset" },
  { fault: "reset", processed: true },
  { fault: "truncated" },
  { fault: "wrong-content-type" },
  { fault: "slow" },
];
/** After these the call has been answered all the same. */
const HARMLESS = new Set(["wrong-content-type", "slow"]);
/** After these upstream has done what it was asked, and nobody knows. */
const isDone = ({ fault, processed }: Fault) => processed === true || fault === "truncated";

/** A cancel that was done ends the job before it would be sent again, unless that is learnt too late: harmless. */
const cancelsSeen = (fault: Fault): number => {
  if (isDone(fault)) return expect.toBeOneOf([1, 2]);
  return HARMLESS.has(String(fault.fault)) ? 1 : 2;
};

const AT_SUBMIT = SPOILT.map((fault) => {
  const name = nameOf(fault, "submit");
  const faults = [{ at: "submit", ...fault }];
  return HARMLESS.has(String(fault.fault)) || isDone(fault)
    ? row(name, faults, COMPLETED)
    : row(name, faults, UNCONFIRMED, LOST);
});
const AT_STATUS = SPOILT.map((fault) => row(nameOf(fault, "status"), [{ at: "status", ...fault }], COMPLETED));
const AT_STREAM = SPOILT.map((fault) => row(nameOf(fault, "stream"), [{ at: "stream", ...fault }], COMPLETED));
const AT_RESULT = SPOILT.map((fault) =>
  row(nameOf(fault, "result"), [{ at: "result", ...fault }], {
    ...COMPLETED,
    results: HARMLESS.has(String(fault.fault)) ? 1 : 2,
  }),
);
const AT_CANCEL = SPOILT.map((fault) =>
  row(
    nameOf(fault, "cancel"),
    [{ at: "cancel", ...fault }, HELD],
    { ...CANCELLED, cancels: cancelsSeen(fault) },
    CANCEL,
  ),
);

const REFUSED = [
  row("401 at status", [{ fault: "answer", at: "status", statusCode: 401 }], COMPLETED),
  row("404 at status", [{ fault: "answer", at: "status", statusCode: 404 }], COMPLETED),
  row("429 at status", [{ fault: "answer", at: "status", statusCode: 429 }], COMPLETED),
  row("404 at result", [{ fault: "answer", at: "result", statusCode: 404 }], { ...COMPLETED, results: 2 }),
  row("429 at result", [{ fault: "answer", at: "result", statusCode: 429 }], { ...COMPLETED, results: 2 }),
  row(
    "404 at cancel",
    [{ fault: "answer", at: "cancel", statusCode: 404 }, HELD],
    { ...CANCELLED, cancels: 2 },
    CANCEL,
  ),
  row(
    "429 at cancel",
    [{ fault: "answer", at: "cancel", statusCode: 429 }, HELD],
    { ...CANCELLED, cancels: 2 },
    CANCEL,
  ),
];

const REFUSALS = [
  row("429 at submit", [{ fault: "answer", at: "submit", statusCode: 429 }], { ...COMPLETED, submits: 2 }),
  row("422 at submit", [{ fault: "answer", at: "submit", statusCode: 422 }], {
    ...failed("INVALID_INPUT", "NO", { logs: [], results: 0 }),
  }),
];

const LIFE = [
  row("no fault", [], COMPLETED),
  row("no fault, cancelled", [HELD], CANCELLED, CANCEL),
  row("never-starts", [{ fault: "never-starts" }], failed("TIMED_OUT", "NO", { logs: [] }), {
    ...SENT,
    options: { startTimeout: 25 },
  }),
  row("never-starts, cancelled", [{ fault: "never-starts" }], { ...CANCELLED, logs: [] }, { ...CANCEL, ...SENT }),
  row(
    "cancel-ok-code",
    [{ fault: "never-starts" }, { fault: "cancel-ok-code" }],
    { ...CANCELLED, logs: [] },
    { ...CANCEL, ...SENT },
  ),
  row("queue-position", [{ fault: "queue-position" }], COMPLETED),
  row("requeued", [{ fault: "requeued", afterMs: 50, waitMs: 50 }], COMPLETED),
  row("status-error", [{ fault: "status-error", error: "lost", errorType: "runner_disconnected" }], {
    ...failed("UPSTREAM_FAILED", "NO"),
  }),
  row("cancel-ignored", [{ fault: "cancel-ignored" }], { ...COMPLETED, cancels: 1 }, CANCEL),
  row("cancel-races-completion", [{ fault: "cancel-races-completion" }], { ...COMPLETED, cancels: 1 }, CANCEL),
  row("full-id-405", [{ fault: "full-id-405" }], COMPLETED),
];

const OUTCOMES = [
  outcome("a content policy violation", { kind: "model-error" }, failed("CONTENT_REJECTED", "UNKNOWN")),
  outcome(
    "audio that is too long",
    { kind: "model-error", detail: [{ loc: ["body", "audio_url"], msg: "Too long", type: "audio_duration_too_long" }] },
    failed("AUDIO_UNSUPPORTED", "UNKNOWN"),
  ),
  outcome("words for a detail", { kind: "model-error", detail: "no" }, failed("INVALID_INPUT", "UNKNOWN")),
  outcome("a model that fails", { kind: "model-error", statusCode: 500 }, failed("UPSTREAM_FAILED", "NO")),
  outcome("runner_disconnected", infrastructure(503, "runner_disconnected"), failed("UPSTREAM_FAILED", "NO")),
  outcome(
    "runner_connection_refused",
    infrastructure(503, "runner_connection_refused"),
    failed("UPSTREAM_UNAVAILABLE", "NO"),
  ),
  outcome("request_timeout", infrastructure(504, "request_timeout"), failed("TIMED_OUT", "NO")),
  outcome(
    "the user's start deadline",
    { ...infrastructure(504, "startup_timeout"), userDeadline: true },
    failed("TIMED_OUT", "NO"),
  ),
  outcome("client_disconnected", infrastructure(499, "client_disconnected"), failed("UPSTREAM_FAILED", "UNKNOWN")),
  outcome("bad_request", infrastructure(400, "bad_request"), failed("INVALID_INPUT", "UNKNOWN")),
];

const RESULTS = [
  row("result-expired", [{ fault: "result-expired" }], failed("RESULT_EXPIRED", "UNKNOWN", { results: "several" })),
  row("bare-audio", [{ fault: "bare-audio" }], COMPLETED),
  row("missing-seed", [{ fault: "missing-seed" }], COMPLETED),
  row("null-file-size", [{ fault: "null-file-size" }], COMPLETED),
  row("octet-stream", [{ fault: "octet-stream" }], COMPLETED),
  row("billable-units", [{ fault: "billable-units", units: "1" }], COMPLETED),
  row("billable-units of nothing", [{ fault: "billable-units", units: "0" }], { ...COMPLETED, billed: "NO" }),
  row(
    "billable-units of a refusal",
    [
      { fault: "outcome", outcome: { kind: "model-error" } },
      { fault: "billable-units", units: "1" },
    ],
    failed("CONTENT_REJECTED", "YES"),
  ),
];

const FIVE_STEPS = [{ log: "one" }, { log: "b" }, { hold: "middle" }, { log: "c" }, { log: "d" }, { log: "d" }];
const FIVE_LINES = ["one", "b", "c", "d", "d"];
const TRACEBACK = JSON.stringify({ traceback: "Traceback (most recent call last)" });
const LOGS = [
  logging("windowed-logs", [{ fault: "windowed-logs", lines: 2 }], FIVE_LINES),
  logging(
    "windowed-logs without a stream",
    [
      { fault: "windowed-logs", lines: 3 },
      { fault: "answer", at: "stream", statusCode: 404, times: null },
    ],
    FIVE_LINES,
  ),
  logging("plain-logs", [{ fault: "plain-logs" }], FIVE_LINES),
  row("late-traceback", [{ fault: "late-traceback", traceback: "Traceback (most recent call last)" }], {
    ...COMPLETED,
    logs: ["one", "two", TRACEBACK],
  }),
];

const STREAMS = [
  row("404 at stream", [{ fault: "answer", at: "stream", statusCode: 404 }], COMPLETED),
  row("405 at stream", [{ fault: "answer", at: "stream", statusCode: 405 }], COMPLETED),
  row("no stream at all", [{ fault: "answer", at: "stream", statusCode: 404, times: null }], COMPLETED),
  row("stream-closes", [{ fault: "stream-closes", times: 3 }], COMPLETED),
  row("stream-closes abruptly", [{ fault: "stream-closes", abruptly: true, times: 3 }], COMPLETED),
  row(
    "stream-splits",
    [
      { fault: "stream-splits", times: null },
      { fault: "scripted-model", steps: [{ log: "one" }, { hold: "middle" }, { log: "naïve 🎷" }] },
    ],
    { ...COMPLETED, logs: ["one", "naïve 🎷"] },
  ),
  row("stream-stalls", [{ fault: "stream-stalls" }], COMPLETED),
  row("stream-trickles", [{ fault: "stream-trickles" }], COMPLETED),
  row("stream-never-ends", [{ fault: "stream-never-ends" }], COMPLETED),
];

const isSilent = ({ name }: FaultCase) => name.startsWith("silence");
const isSlowToTell = ({ name }: FaultCase) => ["silence at stream", "stream-stalls", "stream-trickles"].includes(name);
const OF_STREAMS = [...STREAMS, ...AT_STREAM];

const LOST_ANSWER = { fault: "reset", at: "submit", processed: true };
const LARGE_AUDIO = { audioUrl: dataUri(makeWav({ seconds: 8 })) };
/** Cases whose faults strike everybody. */
const LONELY: readonly FaultCase[] = [
  ...AT_SUBMIT.filter(isSilent),
  row("key-required", [{ fault: "key-required", ...ALL }], COMPLETED),
  row("key-refused at submit", [{ fault: "key-refused", times: 1, ...ALL }], { ...COMPLETED, submits: 2 }),
  row("balance-locked", [{ fault: "balance-locked", times: 2, ...ALL }], { ...COMPLETED, submits: 3 }),
  row(
    "storage in trouble",
    [
      { fault: "answer", at: "initiate", statusCode: 503, ...ALL },
      { fault: "html", at: "initiate", ...ALL },
      { fault: "reset", at: "upload", ...ALL },
    ],
    COMPLETED,
    { input: LARGE_AUDIO },
  ),
  row(
    "a history in trouble",
    [
      LOST_ANSWER,
      { fault: "answer", at: "history", statusCode: 503, ...ALL },
      { fault: "html", at: "history", ...ALL },
    ],
    COMPLETED,
  ),
  row("history-lags", [LOST_ANSWER, { fault: "history-lags", seconds: 3, ...ALL }], COMPLETED),
  row("history-finished-only", [LOST_ANSWER, { fault: "history-finished-only", ...ALL }], COMPLETED, {
    isInMiddle: ({ submission }) => submission === "UNCONFIRMED",
  }),
];

/** A server with an upstream of its own, and the cases that run there side by side. */
export interface World {
  readonly cases: readonly FaultCase[];
  readonly settings?: Readonly<Record<string, string>>;
}

export const WORLDS: readonly World[] = [
  // A job after each that holds up sending.
  { cases: interleaved([...REFUSALS, ...AT_SUBMIT.filter((fault) => !isSilent(fault))], [...LIFE, ...OUTCOMES]) },
  {
    cases: [
      ...RESULTS,
      ...LOGS,
      ...OF_STREAMS.filter((fault) => !isSlowToTell(fault)),
      ...AT_STATUS,
      ...AT_RESULT,
      ...AT_CANCEL,
      ...REFUSED,
    ],
  },
  // It takes these long to get to their middle: nobody else is to wait for them.
  { cases: OF_STREAMS.filter(isSlowToTell) },
  ...LONELY.map((fault) => ({ cases: [fault] })),
  {
    cases: [
      row(
        "never-completes",
        [{ fault: "never-completes" }],
        failed("TIMED_OUT", "UNKNOWN", { cancels: 1, logs: ["one", "two"] }),
      ),
    ],
    settings: { LIMIT_RUN_SECONDS: "10" },
  },
];

function row(name: string, faults: readonly Fault[], end: ExpectedEnd, details: Details = {}): FaultCase {
  return { name, faults, end, ...details };
}

function failed(code: string, billed: ExpectedEnd["billed"], rest: Partial<ExpectedEnd> = {}): ExpectedEnd {
  return { ...COMPLETED, status: "FAILED", code, billed, ...rest };
}

function outcome(name: string, what: Fault, end: ExpectedEnd): FaultCase {
  return row(`outcome: ${name}`, [{ fault: "outcome", outcome: what }], end);
}

function logging(name: string, faults: readonly Fault[], logs: readonly string[]): FaultCase {
  return row(name, [...faults, { fault: "scripted-model", steps: FIVE_STEPS }], { ...COMPLETED, logs });
}

function infrastructure(statusCode: number, errorType: string): Fault {
  return { kind: "infrastructure-error", statusCode, errorType, message: "What fal says" };
}

function nameOf({ fault, processed }: Fault, at: string): string {
  return `${fault}${processed === true ? " afterwards" : ""} at ${at}`;
}

function interleaved<Item>(one: readonly Item[], other: readonly Item[]): Item[] {
  const longer = Math.max(one.length, other.length);
  return Array.from({ length: longer }, (_, index) => [one[index], other[index]])
    .flat()
    .filter((item) => item !== undefined);
}
