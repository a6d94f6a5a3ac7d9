import type { FastifyInstance } from "fastify";
import { type GraphQLSchema, printSchema } from "graphql";
import type { Logger } from "pino";
import { PublicError } from "../errors.js";
import type { Services } from "../services/services.js";
import { type Introspection, mayIntrospect } from "./introspection.js";
import { refuse, sendRefusal } from "./refusal.js";

export interface StatusRouteOptions {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly logger: Logger;
  readonly introspection: Introspection;
  readonly draining: AbortSignal;
}

/** `/healthz`: the process is up. `/readyz`: it can do its work. `/schema.graphql`: what it serves. */
export function registerStatusRoutes(server: FastifyInstance, options: StatusRouteOptions): void {
  const { schema, services, logger, introspection, draining } = options;
  const schemaText = `${printSchema(schema)}\n`;

  server.get("/healthz", async () => ({ status: "ok" }));

  server.get("/readyz", async (_request, reply) => {
    if (draining.aborted) return reply.code(503).send({ status: "unavailable", reason: "The server is stopping." });
    try {
      await services.checkReadiness();
      return { status: "ok" };
    } catch (error) {
      logger.warn({ err: error }, "Not ready");
      return reply.code(503).send({ status: "unavailable", reason: publicReason(error) });
    }
  });

  server.get("/schema.graphql", async (request, reply) => {
    // Where everyone may, nobody needs to say who they are.
    const isShown =
      introspection === "on" ||
      mayIntrospect(introspection, await services.authenticate(request.headers.authorization ?? null));
    if (!isShown) {
      return sendRefusal(reply, refuse(404, "NOT_FOUND", "This server does not show its schema to you."));
    }
    return reply.header("content-type", "text/plain; charset=utf-8").send(schemaText);
  });
}

function publicReason(error: unknown): string {
  if (error instanceof PublicError) return error.message;
  return "Something this server depends on does not answer; its log says what.";
}
