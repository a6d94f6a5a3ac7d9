import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { CallKind } from "../call-kind.js";
import type { QueueRequest } from "../queue-request.js";
import type { RequestRegister } from "../request-register.js";
import { accountRefusal } from "./account-faults.js";
import type { FaultList, Target } from "./fault-list.js";
import type { FaultyModel } from "./faulty-model.js";
import type { SeenCalls } from "./seen-calls.js";
import { type Call, INSTEAD, SPOILING } from "./wire-faults.js";

export interface FaultHookOptions {
  faults: FaultList;
  seen: SeenCalls;
  register: RequestRegister;
  model: FaultyModel;
  /** Aborts when the engine closes. */
  closing: AbortSignal;
}

/** The model's full id in a request's path, which live fal has answered with 405. */
const FULL_ID_PATH = /^\/[^/]+\/[^/]+\/[^/]+\/requests\//;
/** How long a submit's answer waits for a webhook that is to come before it. */
const EARLY_WEBHOOK_MS = 10_000;

/** Counts the calls of fal's interface on these routes, and lets the faults that are set strike them. */
export function addFaultHooks(routes: FastifyInstance, options: FaultHookOptions): void {
  const { faults, seen, register, model, closing } = options;
  const submits = new WeakMap<FastifyRequest, ReturnType<SeenCalls["submitted"]>>();

  routes.addHook("preHandler", async (request, reply) => {
    const kind = request.routeOptions.config.call;
    if (kind === undefined) return;
    const found = requestOf(request, kind);
    const input = kind === "submit" && typeof request.body === "string" ? request.body : undefined;
    seen.called(kind, found?.id);
    if (input !== undefined) submits.set(request, seen.submitted(input));
    const target: Target = { requestId: found?.id, input, at: kind };
    const refusal = accountRefusal(faults, request, kind, target);
    if (refusal !== null) return reply.code(refusal.statusCode).send({ detail: refusal.detail });
    const slow = faults.strike("slow", target);
    if (slow !== null) await delay(slow.delayMs, undefined, { signal: closing, ref: false });
    const call = { request, reply, kind, found };
    if (strikeInstead(faults, call, target) || (await strikeByKind(call, target))) return reply;
  });

  routes.addHook("onSend", async (request, reply, body: unknown) => {
    const kind = request.routeOptions.config.call;
    if (kind === undefined) return body;
    const submit = submits.get(request);
    const found = submit === undefined ? requestOf(request, kind) : register.get(acceptedId(reply));
    if (submit !== undefined && found !== undefined) {
      submit.requestId = found.id;
      if (faults.strike("webhook-early", { requestId: found.id }) !== null) {
        await seen.webhook(found.id, AbortSignal.any([closing, AbortSignal.timeout(EARLY_WEBHOOK_MS)]));
      }
    }
    return spoil(faults, { request, reply, kind, found }, { requestId: found?.id, at: kind }, body);
  });

  function requestOf({ params }: FastifyRequest, kind: CallKind): QueueRequest | undefined {
    const { id = "" } = params as { id?: string };
    if (kind !== "file") return register.get(id);
    for (const request of register.all()) {
      if (request.outcome?.kind === "audio" && request.outcome.fileId === id) return request;
    }
    return undefined;
  }

  /** True when the call is answered. */
  async function strikeByKind({ request, reply, kind, found }: Call, target: Target): Promise<boolean> {
    if (found === undefined) return false;
    if (FULL_ID_PATH.test(request.url) && faults.strike("full-id-405", target) !== null) {
      reply.code(405).send({ detail: "Method Not Allowed" });
      return true;
    }
    if (kind !== "cancel" || found.status !== "IN_PROGRESS") return false;
    if (faults.strike("cancel-ignored", target) !== null) {
      reply.code(202).send({ status: "CANCELLATION_REQUESTED" });
      return true;
    }
    if (faults.strike("cancel-races-completion", target) !== null) {
      model.finishNow(found.id);
      await ended(found);
    }
    return false;
  }

  /** Resolves when a request has ended, or the engine closes. */
  function ended(request: QueueRequest): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (request.status !== "COMPLETED" && !closing.aborted) return;
        stop();
        closing.removeEventListener("abort", look);
        resolve();
      };
      const stop = register.watch(request, look);
      closing.addEventListener("abort", look, { once: true });
      look();
    });
  }
}

function acceptedId(reply: FastifyReply): string {
  return String(reply.getHeader("x-fal-request-id") ?? "");
}

/** True when the call is answered. */
function strikeInstead(faults: FaultList, call: Call, target: Target): boolean {
  const names = Object.keys(INSTEAD) as (keyof typeof INSTEAD)[];
  return names.some(<Name extends keyof typeof INSTEAD>(name: Name) => {
    const fault = faults.strike(name, target, (candidate) => !("processed" in candidate && candidate.processed));
    if (fault !== null) INSTEAD[name](fault, call);
    return fault !== null;
  });
}

function spoil(faults: FaultList, call: Call, target: Target, body: unknown): unknown {
  let spoilt = body;
  const strike = <Name extends keyof typeof SPOILING>(name: Name): void => {
    const fault = faults.strike(name, target, (candidate) => !("processed" in candidate) || candidate.processed);
    if (fault !== null) spoilt = SPOILING[name](fault, call, spoilt);
  };
  for (const name of Object.keys(SPOILING) as (keyof typeof SPOILING)[]) strike(name);
  return spoilt;
}
