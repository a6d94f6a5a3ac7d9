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
    const keys: string[] = [];
    const claim = (key: string): boolean => {
      const count = this.#counts.get(key) ?? 0;
      if (count >= this.bounds.maxStreamsPerClient) return false;
      this.#counts.set(key, count + 1);
      keys.push(key);
      return true;
    };
    if (!claim(`address ${address}`)) return "CLIENT_FULL";
    this.#total += 1;
    let hasLeft = false;
    return {
      // A client may be gone before anyone knows who it is.
      claimFor: (callerId) => !hasLeft && claim(`caller ${callerId}`),
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        this.#total -= 1;
        for (const key of keys) this.#release(key);
      },
    };
  }

  #release(key: string): void {
    const count = (this.#counts.get(key) ?? 0) - 1;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
