import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Caller } from "../services/job.js";
import type { Services } from "../services/services.js";
import type { OverloadCheck } from "./overload.js";
import { allowanceHeaders } from "./refuse-request.js";

/**
 * Admits the scope's requests before their bodies are read, of which a stranger could send megabytes: who asks, and
 * whether they may ask once more now. Answers tell what they have left. Gives each admitted request's caller.
 */
export function admitRequests(
  scope: FastifyInstance,
  services: Services,
  checkLoad: OverloadCheck,
): (request: FastifyRequest) => Caller {
  const callers = new WeakMap<FastifyRequest, Caller>();

  scope.addHook("onRequest", async (request, reply) => {
    const overload = checkLoad();
    if (overload !== null) throw overload;
    const caller = await services.authenticate(request.headers.authorization ?? null);
    reply.headers(allowanceHeaders(await services.countRequest(caller), Date.now()));
    callers.set(request, caller);
  });

  return (request) => {
    const caller = callers.get(request);
    if (caller === undefined) throw new Error("The request was not admitted.");
    return caller;
  };
}
