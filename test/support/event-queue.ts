const PATIENCE_MS = 10_000;

/** What happens, in order, for a test to wait on: nothing is missed, and nothing is waited for by guessing a time. */
export class EventQueue<Item> {
  private readonly items: Item[] = [];
  private readonly waiting: ((item: Item) => void)[] = [];

  push(item: Item): void {
    const taker = this.waiting.shift();
    if (taker) taker(item);
    else this.items.push(item);
  }

  /** The next item, when it comes. Rejects when it doesn't. */
  async next(): Promise<Item> {
    if (this.items.length > 0) return this.items.shift() as Item;
    let patience: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Item>((resolve, reject) => {
        this.waiting.push(resolve);
        patience = setTimeout(() => reject(new Error(`Nothing came within ${PATIENCE_MS} ms.`)), PATIENCE_MS);
      });
    } finally {
      clearTimeout(patience);
    }
  }

  /** The first item that fits; those before it are dropped. */
  async until(fits: (item: Item) => boolean): Promise<Item> {
    for (;;) {
      const item = await this.next();
      if (fits(item)) return item;
    }
  }
}
