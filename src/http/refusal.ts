import type { FastifyError } from "fastify";
import type { GraphQLFormattedError } from "graphql";
import type { ErrorMask } from "./mask-errors.js";

/** An answer to a request that never became a GraphQL operation, in the shape GraphQL clients read. */
export interface Refusal {
  readonly status: number;
  readonly body: { readonly errors: readonly GraphQLFormattedError[] };
}

export function refuse(status: number, code: string, message: string): Refusal {
  return { status, body: { errors: [{ message, extensions: { code } }] } };
}

/** What to answer when fastify or a route failed: the client's fault in words, anything else masked. */
export function refuseFailure(error: FastifyError, requestId: string, maskError: ErrorMask): Refusal {
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return { status: 500, body: { errors: [maskError(error, requestId)] } };
  return refuse(status, "BAD_REQUEST", error.message);
}

/** The same for the GraphQL route, with words that say how to do it right. */
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
