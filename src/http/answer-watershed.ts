import type { ApolloServerPlugin } from "@apollo/server";
import { ApolloServerErrorCode } from "@apollo/server/errors";
import type { ApiContext } from "../resolvers/context.js";

const GRAPHQL_RESPONSE = "application/graphql-response+json";

const REQUEST_ERROR_CODES: ReadonlySet<unknown> = new Set([
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.BAD_USER_INPUT,
]);

/**
 * The GraphQL-over-HTTP specification's watershed: a client that asks for plain application/json, as older ones do,
 * reads a status other than 200 as a broken connection and never looks at the errors, so that well-formed requests
 * are answered 200. Clients that ask for application/graphql-response+json get the true status.
 */
export const answerWatershed: ApolloServerPlugin<ApiContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ request, response }) => {
      if (request.http?.headers.get("accept")?.includes(GRAPHQL_RESPONSE)) return;
      if (response.body.kind !== "single") return;
      const { errors } = response.body.singleResult;
      if (errors?.every((error) => REQUEST_ERROR_CODES.has(error.extensions?.code))) response.http.status = 200;
    },
  }),
};
