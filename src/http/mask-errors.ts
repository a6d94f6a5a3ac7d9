import { ApolloServerErrorCode } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError, Kind } from "graphql";
import type { Logger } from "pino";
import { PublicError } from "../errors.js";

/** What a client may read of an error, whatever the transport. */
export type ErrorMask = (error: unknown, requestId: string) => GraphQLFormattedError;

interface PublicFace {
  readonly code: string;
  readonly message: string;
  readonly extensions?: PublicError["extensions"];
}

/** Codes of errors that quote the caller's own document or variables, and may wrap what a scalar threw. */
const INPUT_CODES: ReadonlySet<unknown> = new Set([
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.BAD_USER_INPUT,
]);

/** An error that quotes what the client sent need not send all of it back. */
const MAX_MESSAGE_CHARACTERS = 1_000;

/**
 * Lets through what is meant for the caller: PublicError, and what GraphQL itself says of the caller's document,
 * variables and arguments. Anything else becomes INTERNAL_SERVER_ERROR with the request id, and is logged under it.
 * No stack, and no extensions but a PublicError's, ever get out.
 */
export function createErrorMask(logger: Logger): ErrorMask {
  return (error, requestId) => {
    const place = placeOf(error);
    const face = publicFaceOf(error);
    if (face !== null)
      return { message: clip(face.message), ...place, extensions: { code: face.code, ...face.extensions } };
    logger.error({ requestId, err: rootCauseOf(error), path: place.path }, "Unexpected error");
    return {
      message: `Internal server error. Request id: ${requestId}`,
      ...place,
      extensions: { code: ApolloServerErrorCode.INTERNAL_SERVER_ERROR, requestId },
    };
  };
}

function clip(message: string): string {
  return message.length <= MAX_MESSAGE_CHARACTERS ? message : `${message.slice(0, MAX_MESSAGE_CHARACTERS)}…`;
}

/** Where in the caller's document and in the result the error belongs. */
function placeOf(error: unknown): Pick<GraphQLFormattedError, "locations" | "path"> {
  if (!(error instanceof GraphQLError)) return {};
  return {
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
  };
}

function rootCauseOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

/** What may be said of the error; null when it is nobody's business but the log's. */
function publicFaceOf(error: unknown): PublicFace | null {
  const cause = rootCauseOf(error);
  if (cause instanceof PublicError) return cause;
  if (!(error instanceof GraphQLError)) return null;
  return error.path === undefined ? faceOfRequestError(error, cause) : faceOfFieldError(error);
}

/** An error without a path was raised before execution: by GraphQL or the transport, or it wraps a fault of ours. */
function faceOfRequestError(error: GraphQLError, cause: unknown): PublicFace | null {
  const { code } = error.extensions;
  const quotesVariable = error.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION;
  if (!(cause instanceof GraphQLError) && !quotesVariable && !INPUT_CODES.has(code)) return null;
  return { code: typeof code === "string" ? code : ApolloServerErrorCode.BAD_USER_INPUT, message: error.message };
}

/**
 * An error with a path was raised by a field. The only ones that GraphQL raises there about the caller's input are
 * about arguments, and they alone point into the document; a scalar or enum that cannot write our value does not.
 */
function faceOfFieldError(error: GraphQLError): PublicFace | null {
  const { originalError } = error;
  if (!(originalError instanceof GraphQLError) || originalError.nodes === undefined) return null;
  return { code: ApolloServerErrorCode.BAD_USER_INPUT, message: error.message };
}
