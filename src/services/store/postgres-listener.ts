import pg from "pg";
import type { Logger } from "pino";

/** What instances tell each other goes over this one. */
export const CHANNEL = "punchin_jobs";
const RECONNECT_MS = 500;

/** The one connection that listens; it comes back by itself. What it missed meanwhile, the sweeps find. */
export class PostgresListener {
  private client: pg.Client | null = null;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly settings: pg.ClientConfig,
    private readonly sender: string,
    private readonly logger: Logger,
  ) {}

  start(told: (jobIds: readonly string[]) => void): void {
    if (this.closed) return;
    const client = new pg.Client({ ...this.settings, options: "" });
    this.client = client;
    const again = (error?: Error) => {
      if (this.client !== client) return;
      this.client = null;
      client.removeAllListeners();
      client.on("error", () => {});
      client.end().catch(() => {});
      if (this.closed) return;
      this.logger.warn({ reason: error?.message }, "listening to PostgreSQL starts again");
      this.retry = setTimeout(() => this.start(told), RECONNECT_MS);
    };
    client.on("error", again);
    client.on("end", () => again());
    client.on("notification", ({ payload = "" }) => {
      if (payload.startsWith(this.sender)) return;
      const ids = payload.slice(payload.indexOf(":") + 1);
      if (ids !== "") told(ids.split(","));
    });
    client
      .connect()
      .then(() => client.query(`LISTEN ${CHANNEL}`))
      .catch(again);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    const { client } = this;
    this.client = null;
    await client?.end().catch(() => {});
  }
}
