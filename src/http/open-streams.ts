export interface StreamBounds {
  /** Sockets and event streams, all together. */
  readonly maxStreams: number;
  /** Those of one caller, and those of one address. */
  readonly maxStreamsPerClient: number;
}

/** One place taken. */
export interface StreamPlace {
  /** Counts the place against the caller too, once known. False: the caller has as many as it may, or is gone. */
  claimFor(callerId: string): boolean;
  /** Gives the place free; more than once does no harm. */
  leave(): void;
}

export type StreamRefusal = "SERVER_FULL" | "CLIENT_FULL";

/** Counts what stays open, WebSockets and event streams alike: in all, by address, and by caller. */
export class OpenStreams {
  #total = 0;
  readonly #counts = new Map<string, number>();

  constructor(private readonly bounds: StreamBounds) {}

  enter(address: string): StreamPlace | StreamRefusal {
    if (this.#total >= this.bounds.maxStreams) return "SERVER_FULL";
    const key = `address ${address}`;
    if (!this.count(key)) return "CLIENT_FULL";
    this.#total += 1;
    return new CountedPlace(this, key);
  }

  /** Counts one more, unless there are as many as there may be. */
  count(key: string): boolean {
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.bounds.maxStreamsPerClient) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  leave(keys: readonly string[]): void {
    this.#total -= 1;
    for (const key of keys) {
      const count = (this.#counts.get(key) ?? 0) - 1;
      if (count > 0) this.#counts.set(key, count);
      else this.#counts.delete(key);
    }
  }
}

class CountedPlace implements StreamPlace {
  readonly #keys: string[];
  #hasLeft = false;

  constructor(
    private readonly streams: OpenStreams,
    key: string,
  ) {
    this.#keys = [key];
  }

  claimFor(callerId: string): boolean {
    const key = `caller ${callerId}`;
    // A client may be gone before anyone knows who it is.
    if (this.#hasLeft || !this.streams.count(key)) return false;
    this.#keys.push(key);
    return true;
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.streams.leave(this.#keys);
  }
}
