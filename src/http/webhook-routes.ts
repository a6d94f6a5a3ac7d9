import type { FastifyError, FastifyInstance } from "fastify";
import type { Services, WebhookVerdict } from "../services/services.js";
import type { ErrorMask } from "./mask-errors.js";
import { type Refusal, refuse, refuseFailure, sendRefusal } from "./refusal.js";

export interface WebhookRouteOptions {
  readonly services: Pick<Services, "receiveWebhook" | "publishWebhookKeys">;
  readonly maskError: ErrorMask;
}

/** fal's own are a few kB; a result with its audio inline is never asked for. */
const BODY_LIMIT_BYTES = 1024 * 1024;
/** A new key is published months before it signs. */
const KEYS_MAX_AGE_SECONDS = 3_600;

const REFUSALS: Record<Exclude<WebhookVerdict, "ACCEPTED">, Refusal> = {
  UNSIGNED: refuse(401, "UNAUTHENTICATED", "Expected a fresh webhook with fal's signature."),
  FOREIGN: refuse(403, "FORBIDDEN", "Expected an address that this server gave out, and a request of its own account."),
  UNKNOWN_JOB: refuse(404, "NOT_FOUND", "The job is not known any more."),
  MALFORMED: refuse(400, "BAD_REQUEST", "Expected a JSON body with a request_id."),
};

/** `/webhooks/fal`: where fal tells that a request is finished. `/.well-known/jwks.json`: who checks our own webhooks. */
export function registerWebhookRoutes(server: FastifyInstance, { services, maskError }: WebhookRouteOptions): void {
  const { receiveWebhook } = services;

  // A scope of its own: the body is taken as it comes, whatever it is called, because it is signed as bytes.
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

    scope.setErrorHandler<FastifyError>((error, request, reply) => {
      // Kept open, so that whoever is still sending reads the answer.
      reply.removeHeader("connection");
      return sendRefusal(reply, refuseFailure(error, request.id, maskError));
    });

    scope.get("/.well-known/jwks.json", async (_request, reply) =>
      reply
        .header("cache-control", `public, max-age=${KEYS_MAX_AGE_SECONDS}`)
        .send(await services.publishWebhookKeys()),
    );

    if (receiveWebhook === null) return;
    scope.post<{ Querystring: { job?: unknown; proof?: unknown } }>(
      "/webhooks/fal",
      { bodyLimit: BODY_LIMIT_BYTES },
      async ({ query, headers, body }, reply) => {
        const verdict = await receiveWebhook({
          jobId: plain(query.job),
          proof: plain(query.proof),
          headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, plain(value)])),
          body: body instanceof Buffer ? body : Buffer.alloc(0),
        });
        if (verdict === "ACCEPTED") return { status: "ok" };
        return sendRefusal(reply, REFUSALS[verdict]);
      },
    );
  });
}

/** A name that was given twice counts as not given. */
function plain(value: unknown): string {
  return typeof value === "string" ? value : "";
}
