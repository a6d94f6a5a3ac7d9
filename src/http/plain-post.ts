import type { FastifyRequest } from "fastify";
import type { OperationRequest } from "./pipeline.js";

const JSON_TYPE = "application/json; charset=utf-8";
const GRAPHQL_RESPONSE_TYPE = "application/graphql-response+json; charset=utf-8";

const SENT_TYPES: ReadonlySet<unknown> = new Set(["application/json", "application/json; charset=utf-8"]);

/** By what clients say that they accept, the media type of their answer: curl and fetch, then Apollo Client and urql. */
const ANSWER_TYPES: ReadonlyMap<string, string> = new Map([
  ["", JSON_TYPE],
  ["*/*", JSON_TYPE],
  ["application/json", JSON_TYPE],
  ["application/graphql-response+json", GRAPHQL_RESPONSE_TYPE],
  ["application/graphql-response+json,application/json;q=0.9", GRAPHQL_RESPONSE_TYPE],
  [
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed",
    GRAPHQL_RESPONSE_TYPE,
  ],
]);

export interface PlainPost {
  readonly operation: OperationRequest;
  readonly answerType: string;
}

/**
 * The request as nearly all clients send it, in which there is nothing to judge: no page can send JSON unasked, and the
 * answer's type is known. It needs no envelope, which takes a third of the CPU that a small query costs.
 *
 * @returns null: anything else, which is the envelope's to read or to refuse.
 */
export function readPlainPost({ method, headers, body }: FastifyRequest): PlainPost | null {
  const answerType = ANSWER_TYPES.get(headers.accept ?? "");
  if (method !== "POST" || answerType === undefined || !SENT_TYPES.has(headers["content-type"])) return null;
  if (!isRecord(body) || "extensions" in body) return null;
  const { query, operationName, variables } = body;
  if (typeof query !== "string" || query === "") return null;
  if (typeof (operationName ?? "") !== "string" || !isRecord(variables ?? {})) return null;
  return { operation: body as unknown as OperationRequest, answerType };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
