import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { InvalidJsonError, parseJson } from "../lossless-body.js";
import { isLoopbackAddress } from "../webhooks/webhook-targets.js";
import { faultSchema } from "./fault.js";
import type { FaultList } from "./fault-list.js";
import type { FaultyModel } from "./faulty-model.js";
import type { SeenCalls } from "./seen-calls.js";

const MAX_FAULTS = 100;
const releaseSchema = z.strictObject({ name: z.string().min(1) });

/** The control API of README.md, for callers on this machine alone. */
export function addControlRoutes(
  routes: FastifyInstance,
  { faults, seen, model }: { faults: FaultList; seen: SeenCalls; model: FaultyModel },
): void {
  routes.register(
    async (control) => {
      control.addHook("onRequest", async (request, reply) => {
        if (!isLocal(request)) return reply.code(404).send({ detail: "Not Found" });
      });
      control.setErrorHandler((error: Error, _request, reply) => {
        const isInput = error instanceof InvalidJsonError || error instanceof z.ZodError;
        const detail = error instanceof z.ZodError ? z.prettifyError(error) : error.message;
        return reply.code(isInput ? 400 : 500).send({ detail });
      });
      control.post<{ Body: string }>("/faults", async (request) => {
        const given = parseJson(request.body);
        // Each by its own schema, so that what is wrong is told of the fault that is named.
        const list = z
          .array(z.unknown())
          .max(MAX_FAULTS)
          .parse(Array.isArray(given) ? given : [given]);
        const added = list.map((fault) => faultSchema.parse(fault));
        return { faults: faults.list(faults.add(added)) };
      });
      control.get("/faults", async () => ({ faults: faults.list() }));
      control.delete("/faults", async () => {
        faults.remove();
        model.forgetReleases();
        return { faults: [] };
      });
      control.delete<{ Params: { id: string } }>("/faults/:id", async (request, reply) => {
        if (!faults.remove(Number(request.params.id)))
          return reply.code(404).send({ detail: "There is no such fault" });
        return { faults: faults.list() };
      });
      control.post<{ Body: string }>("/release", async (request) => {
        const { name } = releaseSchema.parse(parseJson(request.body));
        model.release(name);
        return { name };
      });
      control.get("/seen", async () => seen.list());
      control.delete("/seen", async () => {
        seen.forget();
        return seen.list();
      });
    },
    { prefix: "/control" },
  );
}

/** By address and by name: a page in a browser on this machine is not let in under a name of its own. */
function isLocal({ socket, headers, hostname }: FastifyRequest): boolean {
  const isProxied = headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined;
  const name = hostname.replace(/^\[|\]$/g, "");
  return (
    !isProxied && isLoopbackAddress(socket.remoteAddress ?? "") && (name === "localhost" || isLoopbackAddress(name))
  );
}
