import type { QueueRequest } from "./queue-request.js";

/** Requests that wait for a worker: normal priority before low, then first come, first served. */
export class WaitingLine {
  private readonly requests: QueueRequest[] = [];

  get length(): number {
    return this.requests.length;
  }

  /** Puts a request where its priority and order of arrival belong, whenever it comes. */
  insert(request: QueueRequest): void {
    const index = this.requests.findIndex((other) => isBefore(request, other));
    this.requests.splice(index === -1 ? this.requests.length : index, 0, request);
  }

  /** Takes out the first that may start. */
  shift(mayStart: (request: QueueRequest) => boolean): QueueRequest | undefined {
    const index = this.requests.findIndex(mayStart);
    return index === -1 ? undefined : this.requests.splice(index, 1)[0];
  }

  /** False when the request was not waiting. */
  remove(request: QueueRequest): boolean {
    const index = this.requests.indexOf(request);
    if (index === -1) return false;
    this.requests.splice(index, 1);
    return true;
  }

  /** How many are ahead of it; 0 also for one that waits no longer. */
  position(request: QueueRequest): number {
    return Math.max(0, this.requests.indexOf(request));
  }

  [Symbol.iterator](): Iterator<QueueRequest> {
    return this.requests[Symbol.iterator]();
  }
}

function isBefore(one: QueueRequest, other: QueueRequest): boolean {
  if (one.priority !== other.priority) return one.priority === "normal";
  return one.sequence < other.sequence;
}
