import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyError, FastifyReply } from "fastify";
import type { GraphQLFormattedError } from "graphql";
import type { ErrorMask } from "./mask-errors.js";
import { describeRefusal } from "./refuse-request.js";

/** An answer to a request that never became a GraphQL operation, in the shape GraphQL clients read. */
export interface Refusal {
  readonly status: number;
  readonly body: { readonly errors: readonly GraphQLFormattedError[] };
  readonly headers?: Readonly<Record<string, string>>;
}

export function refuse(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return { status, body: { errors: [{ message, extensions: { code } }] }, headers };
}

/** What can't be read as a request at all, or came too slowly. */
export function refuseMalformed(error: NodeJS.ErrnoException, stream: Duplex): void {
  // Nobody is left to read an answer.
  if (error.code === "ECONNRESET" || !stream.writable) stream.destroy();
  else refuseConnection(stream, refusalOf(error.code));
}

function refusalOf(code: string | undefined): Refusal {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return refuse(408, "REQUEST_TIMEOUT", "The request did not come in time.");
    case "HPE_HEADER_OVERFLOW":
      return refuse(431, "BAD_REQUEST", "The request's headers are too large.");
    default:
      return refuse(400, "BAD_REQUEST", "This is no HTTP request that can be read.");
  }
}

/** What to answer when fastify or a route failed: the client's fault in words, anything else masked. */
export function refuseFailure(error: FastifyError, requestId: string, maskError: ErrorMask): Refusal {
  const described = describeRefusal(error);
  if (described !== null) return { ...described, body: { errors: [maskError(error, requestId)] } };
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return { status: 500, body: { errors: [maskError(error, requestId)] } };
  return refuse(status, CODES.get(status) ?? "BAD_REQUEST", error.message);
}

const CODES: ReadonlyMap<number, string> = new Map([
  [404, "NOT_FOUND"],
  [405, "METHOD_NOT_ALLOWED"],
  [413, "PAYLOAD_TOO_LARGE"],
  [415, "UNSUPPORTED_MEDIA_TYPE"],
]);

/** The same for the GraphQL routes, with words that say how to do it right. */
export function refuseBody(error: FastifyError, limitBytes: number, requestId: string, maskError: ErrorMask): Refusal {
  switch (error.statusCode) {
    case 413:
      return refuse(
        413,
        "PAYLOAD_TOO_LARGE",
        `The request is larger than ${limitBytes.toLocaleString("en-US")} bytes. ` +
          "Upload audio with createAudioUpload and give its fileUrl as audioUrl, rather than a data: URI.",
      );
    case 415:
      return refuse(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request with content-type application/json.");
    case 400:
      return refuse(400, "BAD_REQUEST", `The request body must be a JSON object with a "query". ${error.message}`);
    default:
      return refuseFailure(error, requestId, maskError);
  }
}

export function sendRefusal(reply: FastifyReply, { status, body, headers = {} }: Refusal): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

/** Answers on a connection that no HTTP response belongs to, and ends it. */
export function refuseConnection(stream: Duplex, { status, body, headers }: Refusal): void {
  // The client may be gone already; nothing is left to tell it.
  stream.on("error", () => stream.destroy());
  const text = JSON.stringify(body);
  const lines = Object.entries({
    connection: "close",
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(text)),
    "x-content-type-options": "nosniff",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  stream.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", text].join("\r\n"), () => stream.destroy());
}
