import { ApolloServerErrorCode } from "@apollo/server/errors";
import { type FormattedExecutionResult, GraphQLError, OperationTypeNode } from "graphql";
import type { ApiContext } from "../resolvers/context.js";
import type { OperationRequest, Pipeline } from "./pipeline.js";

/** The request line and headers, as far as an answer depends on them. */
export interface Envelope {
  /** Sent by GET, which must change nothing. */
  readonly readsOnly: boolean;
  readonly accept: string | undefined;
}

export interface Answer {
  readonly result: FormattedExecutionResult;
  readonly status: number;
  readonly headers: readonly [string, string][];
}

const GRAPHQL_RESPONSE = "application/graphql-response+json";

/** Answers one operation that came over HTTP. */
export async function answerRequest(
  pipeline: Pipeline,
  request: OperationRequest,
  context: ApiContext,
  { readsOnly, accept }: Envelope,
): Promise<Answer> {
  const byResult = (result: FormattedExecutionResult): Answer => ({
    result,
    status: statusOf(result, accept?.includes(GRAPHQL_RESPONSE) ?? false),
    headers: [],
  });
  const { operation, errors } = pipeline.prepare(request, context);
  if (errors !== undefined) return byResult(pipeline.present({ errors }, context));
  if (operation.kind === OperationTypeNode.SUBSCRIPTION) {
    return { result: pipeline.present({ errors: [subscriptionRefused()] }, context), status: 400, headers: [] };
  }
  if (readsOnly && operation.kind !== OperationTypeNode.QUERY) {
    const result = pipeline.present({ errors: [changeByGetRefused()] }, context);
    return { result, status: 405, headers: [["allow", "POST"]] };
  }
  const result = await pipeline.run(operation);
  if (Symbol.asyncIterator in result) throw new Error("Only subscriptions give a stream of results.");
  return byResult(pipeline.present(result, context));
}

/**
 * The GraphQL-over-HTTP specification's watershed: a client that asks for plain application/json, as older ones do,
 * reads a status other than 200 as a broken connection and never looks at the errors. Clients that ask for
 * application/graphql-response+json get 400 for what was never executed.
 */
function statusOf({ data }: FormattedExecutionResult, readsStatus: boolean): number {
  return data === undefined && readsStatus ? 400 : 200;
}

function subscriptionRefused(): GraphQLError {
  return new GraphQLError(
    "Subscriptions are served over WebSocket, at this path with the graphql-transport-ws protocol, " +
      "and as server-sent events, at this path followed by /stream.",
    { extensions: { code: ApolloServerErrorCode.BAD_REQUEST } },
  );
}

function changeByGetRefused(): GraphQLError {
  return new GraphQLError("Only queries may be sent by GET. Send this operation by POST.", {
    extensions: { code: ApolloServerErrorCode.BAD_REQUEST },
  });
}
