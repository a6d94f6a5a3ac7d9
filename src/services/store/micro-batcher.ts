import { setImmediate } from "node:timers/promises";

/**
 * Natural batching: while one batch is being written, what arrives is gathered; the next write takes it all. No timer,
 * so a lone item is written at once and a flood costs one durable commit per batch.
 */
export class MicroBatcher<Item, Result> {
  private waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  private writing = false;

  /** @param write must resolve to one result per item, in order; if it rejects, every item of that batch rejects. */
  constructor(
    private readonly write: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly maxBatch = 500,
  ) {}

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.writing) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      // One turn of the event loop: whatever other sockets bring in it shares the batch. SQLite writes without giving
      // the loop a turn, so that otherwise every batch would hold one item.
      await setImmediate();
      const batch = this.waiting.splice(0, this.maxBatch);
      try {
        const results = await this.write(batch.map(({ item }) => item));
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.writing = false;
  }
}
