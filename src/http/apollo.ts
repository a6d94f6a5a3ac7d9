import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { type DocumentNode, type GraphQLSchema, Kind } from "graphql";
import type { Logger } from "pino";
import type { ApiContext } from "../resolvers/context.js";
import { answerRequest } from "./answer-request.js";
import type { ErrorMask } from "./mask-errors.js";
import type { Pipeline } from "./pipeline.js";

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
        const operation = { query: source, operationName, variables };
        const { status, headers, result } = await answerRequest(pipeline, operation, contextValue, {
          readsOnly: http?.method === "GET",
          accept: http?.headers.get("accept"),
        });
        return { http: { status, headers: new HeaderMap(headers) }, body: { kind: "single", singleResult: result } };
      },
    }),
  };
}
