import type { FastifyInstance } from "fastify";
import { refuse, sendRefusal } from "./refusal.js";

/** Answers requests that no route serves: 405 with the methods that are served there, else 404. Before any route. */
export function registerUnknownRoutes(server: FastifyInstance): void {
  const methodsAt = new Map<string, string[]>();

  server.addHook("onRoute", ({ url, method }) => {
    methodsAt.set(url, [...(methodsAt.get(url) ?? []), ...[method].flat()]);
  });

  server.setNotFoundHandler(({ url, method }, reply) => {
    const allowed = methodsAt.get(url.split("?", 1)[0] ?? "")?.join(", ");
    if (allowed === undefined) {
      return sendRefusal(reply, refuse(404, "NOT_FOUND", "There is nothing here. The API is served at /graphql."));
    }
    const message = `${method} is not served here, only ${allowed}.`;
    return sendRefusal(reply, refuse(405, "METHOD_NOT_ALLOWED", message, { allow: allowed }));
  });
}
