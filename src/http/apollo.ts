import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import { ApolloServerErrorCode } from "@apollo/server/errors";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import {
  type DocumentNode,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
} from "graphql";
import type { Logger } from "pino";
import type { ApiContext } from "../resolvers/context.js";
import type { ErrorMask } from "./mask-errors.js";
import type { OperationRequest, Pipeline } from "./pipeline.js";

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly pipeline: Pipeline;
  readonly maskError: ErrorMask;
  readonly logger: Logger;
  /** Names a request that never became an operation. */
  readonly createRequestId: () => string;
}

/**
 * The GraphQL-over-HTTP envelope, not started: it reads the request, prevents CSRF and negotiates the media type. What
 * stands in the envelope goes through the pipeline. It opens no connection of its own.
 */
export function createApollo(options: ApolloOptions): ApolloServer<ApiContext> {
  const { schema, pipeline, maskError, logger, createRequestId } = options;
  return new ApolloServer<ApiContext>({
    schema,
    logger,
    documentStore: LEAVES_DOCUMENTS_ALONE,
    formatError: (_formatted, error) => maskError(error, createRequestId()),
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // The process belongs to whoever composes the application.
    stopOnTerminationSignals: false,
    plugins: [
      answerThrough(pipeline),
      ApolloServerPluginLandingPageDisabled(),
      // Its hook around every field costs more than most of our fields do.
      ApolloServerPluginCacheControlDisabled(),
      // Variables such as APOLLO_KEY in the environment must not make a self-hosted server report to anyone.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
    ],
  });
}

const EMPTY_DOCUMENT: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

/** Told that it knows every document already, Apollo neither parses nor validates, which is the pipeline's work. */
const LEAVES_DOCUMENTS_ALONE: NonNullable<ApolloServerOptions<ApiContext>["documentStore"]> = {
  get: async () => EMPTY_DOCUMENT,
  set: async () => {},
  delete: async () => {},
};

function answerThrough(pipeline: Pipeline): ApolloServerPlugin<ApiContext> {
  return {
    requestDidStart: async () => ({
      responseForOperation: async ({ request, source, contextValue }) => {
        const { operationName, variables, http } = request;
        const answer = await answerRequest(pipeline, { query: source, operationName, variables }, contextValue, {
          readsOnly: http?.method === "GET",
        });
        const readsStatus = http?.headers.get("accept")?.includes(GRAPHQL_RESPONSE) ?? false;
        return {
          http: {
            status: answer.status ?? statusOf(answer.result, readsStatus),
            headers: new HeaderMap(answer.headers),
          },
          body: { kind: "single", singleResult: answer.result },
        };
      },
    }),
  };
}

interface Answer {
  readonly result: FormattedExecutionResult;
  /** Default: by the result. */
  readonly status?: number;
  readonly headers?: [string, string][];
}

async function answerRequest(
  pipeline: Pipeline,
  request: OperationRequest,
  context: ApiContext,
  { readsOnly }: { readsOnly: boolean },
): Promise<Answer> {
  const { operation, errors } = pipeline.prepare(request, context);
  if (errors !== undefined) return { result: pipeline.present({ errors }, context) };
  if (operation.kind === OperationTypeNode.SUBSCRIPTION) {
    const result = pipeline.present({ errors: [subscriptionRefused()] }, context);
    return { result, status: 400 };
  }
  if (readsOnly && operation.kind !== OperationTypeNode.QUERY) {
    const result = pipeline.present({ errors: [changeByGetRefused()] }, context);
    return { result, status: 405, headers: [["allow", "POST"]] };
  }
  const result = await pipeline.run(operation);
  if (Symbol.asyncIterator in result) throw new Error("Only subscriptions give a stream of results.");
  return { result: pipeline.present(result, context) };
}

const GRAPHQL_RESPONSE = "application/graphql-response+json";

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

export function changeByGetRefused(): GraphQLError {
  return new GraphQLError("Only queries may be sent by GET. Send this operation by POST.", {
    extensions: { code: ApolloServerErrorCode.BAD_REQUEST },
  });
}
