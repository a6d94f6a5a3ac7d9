import type { FastifyInstance, RouteHandlerMethod } from "fastify";

/** Work that goes on writing although nobody waits for its answer any more, and has to end before the folder is given free. */
export class Activity {
  private readonly running = new Set<Promise<unknown>>();

  track<T>(work: Promise<T>): Promise<T> {
    this.running.add(work);
    const forget = (): void => void this.running.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }
}

/**
 * Tracks each request of a route added from now on that may write: a connection that is cut off ends the request, but not
 * the handler. Those that only read are left out, for they may wait as long as their connection lasts.
 */
export function trackWritingRequests(routes: FastifyInstance, activity: Activity): void {
  routes.addHook("onRoute", (route) => {
    if (["GET", "HEAD"].includes([route.method].flat()[0] ?? "")) return;
    const { handler } = route;
    const tracked: RouteHandlerMethod = async function (request, reply) {
      return activity.track(Promise.resolve(handler.call(this, request, reply)));
    };
    route.handler = tracked;
  });
}
