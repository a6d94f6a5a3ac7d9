import { Readable } from "node:stream";
import { type ApolloServer, HeaderMap } from "@apollo/server";
import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";
import type { ApiContext } from "../resolvers/context.js";
import type { Services } from "../services/services.js";
import { answerRequest } from "./answer-request.js";
import { admitRequests } from "./authenticate.js";
import type { ErrorMask } from "./mask-errors.js";
import type { OverloadCheck } from "./overload.js";
import { refusePackedBodies } from "./packed-bodies.js";
import type { Pipeline } from "./pipeline.js";
import { readPlainPost } from "./plain-post.js";
import { refuseBody, sendRefusal } from "./refusal.js";

export interface GraphqlRouteOptions {
  readonly path: string;
  readonly pipeline: Pipeline;
  readonly apollo: ApolloServer<ApiContext>;
  readonly services: Services;
  readonly maskError: ErrorMask;
  readonly checkLoad: OverloadCheck;
  readonly bodyLimitBytes: number;
}

/** Serves queries and mutations over HTTP. Methods other than GET and POST are refused by Apollo, 405. */
export function registerGraphqlRoute(server: FastifyInstance, options: GraphqlRouteOptions): void {
  const { path, pipeline, apollo, services, maskError, checkLoad, bodyLimitBytes } = options;

  // A scope of its own: other routes keep their body parsers and error answers.
  server.register(async (scope) => {
    scope.removeContentTypeParser("text/plain");
    const callerOf = admitRequests(scope, services, checkLoad);
    refusePackedBodies(scope);

    scope.setErrorHandler<FastifyError>((error, request, reply) => {
      // Fastify closes the connection under a client that is still sending, which then loses the answer. Kept open,
      // the rest is read and dropped, for no longer than the server's request timeout.
      reply.removeHeader("connection");
      return sendRefusal(reply, refuseBody(error, bodyLimitBytes, request.id, maskError));
    });

    scope.route({
      method: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      url: path,
      bodyLimit: bodyLimitBytes,
      handler: async (request, reply) => {
        const context: ApiContext = { caller: callerOf(request), services, requestId: request.id };
        const plain = readPlainPost(request);
        if (plain !== null) {
          const { accept } = request.headers;
          const answer = await answerRequest(pipeline, plain.operation, context, { readsOnly: false, accept });
          reply.code(answer.status).header("content-type", plain.answerType);
          return reply.send(`${JSON.stringify(answer.result)}\n`);
        }
        const response = await apollo.executeHTTPGraphQLRequest({
          httpGraphQLRequest: {
            method: request.method,
            headers: readHeaders(request),
            search: readSearch(request.url),
            body: request.body,
          },
          context: async () => context,
        });
        reply.code(response.status ?? 200);
        for (const [name, value] of response.headers) reply.header(name, value);
        const { body } = response;
        return reply.send(body.kind === "complete" ? body.string : Readable.from(body.asyncIterator));
      },
    });
  });
}

/** The headers that Apollo reads: for the media types, and to prevent CSRF. */
const READ_HEADERS = ["accept", "content-type", "apollo-require-preflight", "x-apollo-operation-name"];

function readHeaders(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const name of READ_HEADERS) {
    const value = request.headers[name];
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return headers;
}

function readSearch(url: string): string {
  const start = url.indexOf("?");
  return start === -1 ? "" : url.slice(start);
}
