import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import type { FileStore } from "../file-store.js";
import type { ModelRunner, RequestQueue } from "../request-queue.js";
import type { RequestRegister } from "../request-register.js";
import type { Seams } from "../seams.js";
import { addControlRoutes } from "./control-routes.js";
import { addFaultHooks } from "./fault-hooks.js";
import { FaultList } from "./fault-list.js";
import { FaultyModel } from "./faulty-model.js";
import { createFaultySeams } from "./faulty-seams.js";
import { SeenCalls } from "./seen-calls.js";

export interface Control {
  /** The model under the faults that are set. */
  readonly runModel: ModelRunner;
  /** Adds the control API to the routes of fal's interface, and lets the faults strike them. */
  extendRoutes(routes: FastifyInstance): void;
  /** The same routes, with the faults striking them. */
  extend(routes: FastifyPluginAsync): FastifyPluginAsync;
  close(): void;
}

/** What the seams of an engine need before the engine is there. */
export class FaultSwitches {
  readonly faults = new FaultList();
  readonly seen = new SeenCalls();
  /** Requests that stay in the queue for a time. */
  readonly held = new Set<string>();
  readonly seams: Seams = createFaultySeams(this.faults, this.seen, (id) => this.held.has(id));
}

/** Connects the fault switches with the engine whose seams they are. */
export function createControl(
  { faults, seen, held }: FaultSwitches,
  engine: { real: ModelRunner; register: RequestRegister; files: FileStore; queue: () => RequestQueue },
): Control {
  const { real, register, files, queue } = engine;
  const closing = new AbortController();
  faults.onRemoved(() => queue().dispatch());
  const holdBack = (requestId: string, waitMs: number): void => {
    if (waitMs === 0) return;
    held.add(requestId);
    const letGo = (): void => {
      held.delete(requestId);
      queue().dispatch();
    };
    setTimeout(letGo, waitMs).unref();
  };
  const model = new FaultyModel({ faults, real, register, files, holdBack });
  const addHooks = (routes: FastifyInstance): void =>
    addFaultHooks(routes, { faults, seen, register, model, closing: closing.signal });
  return {
    runModel: model.run,
    extendRoutes(routes) {
      addHooks(routes);
      addControlRoutes(routes, { faults, seen, model });
    },
    extend: (plugin) => async (routes) => {
      addHooks(routes);
      await routes.register(plugin);
    },
    close: () => closing.abort(),
  };
}
