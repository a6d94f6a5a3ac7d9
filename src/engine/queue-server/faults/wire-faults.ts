import { pipeline, Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { CallKind } from "../call-kind.js";
import { toJson } from "../lossless-body.js";
import type { QueueRequest } from "../queue-request.js";
import { NOT_FOUND_REPLY } from "../result-reply.js";
import type { FaultOf } from "./fault.js";

/** One call and its answer. */
export interface Call {
  request: FastifyRequest;
  reply: FastifyReply;
  kind: CallKind;
  /** The request of the queue that it is about, when that is known. */
  found: QueueRequest | undefined;
}

/** fal's words for what it answers without having looked (fal-protocol: submit errors, unknown ids, other methods). */
const WORDS: Record<number, object> = {
  401: { detail: "No user found for Key ID and Secret" },
  403: { detail: "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing." },
  404: NOT_FOUND_REPLY.body,
  405: { detail: "Method Not Allowed" },
  429: { detail: "Too many requests" },
};

type InsteadName = "answer" | "html" | "redirect" | "large-json" | "silence" | "reset";

/** What a caller gets without anything being done; each answers, or takes the connection over. */
export const INSTEAD: { readonly [Name in InsteadName]: (fault: FaultOf<Name>, call: Call) => unknown } = {
  answer: ({ statusCode, body, headers }, { reply }) =>
    reply
      .code(statusCode)
      .headers(headers)
      .send(body ?? WORDS[statusCode] ?? { detail: "The server can't answer" }),
  html: ({ statusCode }, { reply }) =>
    reply
      .code(statusCode)
      .type("text/html")
      .send(`<html><head><title>${statusCode}</title></head><body><center><hr>nginx</center></body></html>`),
  redirect: ({ location }, { reply }) => reply.code(302).header("location", location).send(""),
  "large-json": ({ bytes }, { reply }) => {
    // Fastify goes on to the handler when the caller leaves in the middle of an answer that a hook gave.
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": "application/json" });
    pipeline(Readable.from(largeJson(bytes), { objectMode: false }), reply.raw, () => {});
  },
  silence: (_fault, { reply }) => reply.hijack(),
  reset: (_fault, call) => resetConnection(call),
};

function resetConnection({ request, reply }: Call): void {
  reply.hijack();
  request.raw.socket.resetAndDestroy();
}

function* largeJson(bytes: number): Generator<Buffer> {
  const block = Buffer.alloc(64 * 1024, "x");
  yield Buffer.from('{"padding":"');
  for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, Math.min(left, block.length));
  yield Buffer.from('"}');
}

type SpoilingName =
  | "reset"
  | "truncated"
  | "wrong-content-type"
  | "result-expired"
  | "billable-units"
  | "octet-stream"
  | "cancel-ok-code";

/** What becomes of a true answer on its way out: its body, or another one. */
export const SPOILING: {
  readonly [Name in SpoilingName]: (fault: FaultOf<Name>, call: Call, body: unknown) => unknown;
} = {
  reset: (_fault, { request }, body) => {
    request.raw.socket.resetAndDestroy();
    return body;
  },
  truncated: (_fault, { reply }, body) => {
    const bytes = Buffer.from(typeof body === "string" ? body : "");
    reply.header("content-length", bytes.length);
    return Readable.from(cutOff(bytes), { objectMode: false });
  },
  "wrong-content-type": ({ contentType }, { reply }, body) => {
    reply.header("content-type", contentType);
    return body;
  },
  "result-expired": ({ afterSeconds, largeAfterSeconds = afterSeconds, statusCode }, { reply, kind, found }, body) => {
    if (kind !== "result" || typeof found?.endedAtMs !== "number" || typeof body !== "string") return body;
    const keptSeconds = body.length >= LARGE_RESULT_CHARACTERS ? largeAfterSeconds : afterSeconds;
    if (Date.now() < found.endedAtMs + keptSeconds * 1000) return body;
    reply.code(statusCode);
    return toJson(NOT_FOUND_REPLY.body);
  },
  "billable-units": ({ units }, { reply, kind, found }, body) => {
    if (kind !== "result" || found?.status !== "COMPLETED") return body;
    if (units === null) reply.removeHeader("x-fal-billable-units");
    else reply.header("x-fal-billable-units", units);
    return body;
  },
  "octet-stream": (_fault, { reply, kind }, body) => {
    if (kind === "file") reply.header("content-type", "application/octet-stream");
    return body;
  },
  "cancel-ok-code": ({ statusCode }, { reply, kind }, body) => {
    if (kind === "cancel" && reply.statusCode === 200) reply.code(statusCode);
    return body;
  },
};

/** From there on fal keeps a result for a shorter time (fal docs, "Queue: result": 10 KB). */
const LARGE_RESULT_CHARACTERS = 10_000;

async function* cutOff(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, bytes.length >> 1);
  // The first half has to be on its way before the connection ends.
  await new Promise((resolve) => setTimeout(resolve, CUT_OFF_MS));
  throw new Error("cut off on purpose");
}

const CUT_OFF_MS = 20;
