import type { FastifyPluginAsync } from "fastify";
import type { WebhookKeys } from "./webhook-keys.js";

/** The public keys that webhooks are verified with (fal docs, "Webhooks"). */
export const jwksRoute: FastifyPluginAsync<{ webhookKeys: WebhookKeys }> = async (app, { webhookKeys }) => {
  app.get("/.well-known/jwks.json", { config: { call: "jwks" } }, (_request, reply) =>
    reply.header("cache-control", "public, max-age=86400").send(webhookKeys.jwks()),
  );
};
