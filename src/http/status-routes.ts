import type { FastifyInstance } from "fastify";
import { type GraphQLSchema, printSchema } from "graphql";
import type { Logger } from "pino";
import { PublicError } from "../errors.js";
import type { Services } from "../services/services.js";

export interface StatusRouteOptions {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly logger: Logger;
}

/** `/healthz`: the process is up. `/readyz`: it can do its work. `/schema.graphql`: what it serves. */
export function registerStatusRoutes(server: FastifyInstance, { schema, services, logger }: StatusRouteOptions): void {
  const schemaText = `${printSchema(schema)}\n`;

  server.get("/healthz", async () => ({ status: "ok" }));

  server.get("/readyz", async (_request, reply) => {
    try {
      await services.checkReadiness();
      return { status: "ok" };
    } catch (error) {
      logger.warn({ err: error }, "Not ready");
      return reply.code(503).send({ status: "unavailable", reason: publicReason(error) });
    }
  });

  server.get("/schema.graphql", async (_request, reply) =>
    reply.header("content-type", "text/plain; charset=utf-8").send(schemaText),
  );
}

function publicReason(error: unknown): string {
  if (error instanceof PublicError) return error.message;
  return "Something this server depends on does not answer; its log says what.";
}
