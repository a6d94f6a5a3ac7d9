import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerErrorCode } from "@apollo/server/errors";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, type GraphQLSchema, OperationTypeNode } from "graphql";
import type { Logger } from "pino";
import type { ApiContext } from "../resolvers/context.js";
import { answerWatershed } from "./answer-watershed.js";
import type { DocumentCache } from "./document-cache.js";
import type { ErrorMask } from "./mask-errors.js";

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly documents: DocumentCache;
  readonly maskError: ErrorMask;
  readonly logger: Logger;
  /** Names a request whose error occurs before it has a context. */
  readonly createRequestId: () => string;
}

/** The GraphQL-over-HTTP half of the server, not started. It opens no connection of its own. */
export function createApollo(options: ApolloOptions): ApolloServer<ApiContext> {
  const { schema, documents, maskError, logger, createRequestId } = options;
  // Apollo does not tell formatError which request an error belongs to.
  const requestIds = new WeakMap<object, string>();

  const rememberRequest: ApolloServerPlugin<ApiContext> = {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        for (const error of errors) requestIds.set(error, contextValue.requestId);
      },
    }),
  };

  return new ApolloServer<ApiContext>({
    schema,
    logger,
    documentStore: documents.asApolloStore(),
    formatError: (_formatted, error) => {
      const requestId = error instanceof Error ? requestIds.get(error) : undefined;
      return maskError(error, requestId ?? createRequestId());
    },
    introspection: true,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // The process belongs to whoever composes the application.
    stopOnTerminationSignals: false,
    plugins: [
      rememberRequest,
      refuseSubscriptions,
      answerWatershed,
      ApolloServerPluginLandingPageDisabled(),
      // Its hook around every field costs more than most of our fields do.
      ApolloServerPluginCacheControlDisabled(),
      // Variables such as APOLLO_KEY in the environment must not make a self-hosted server report to anyone.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
    ],
  });
}

/** Without it, Apollo would run a subscription as if it were a query, and fail in a way that explains nothing. */
const refuseSubscriptions: ApolloServerPlugin<ApiContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
      throw new GraphQLError(
        "Subscriptions are served over WebSocket: connect to this path with the graphql-transport-ws protocol.",
        { extensions: { code: ApolloServerErrorCode.BAD_REQUEST, http: { status: 400 } } },
      );
    },
  }),
};
