import type { Database } from "./database.js";

/** Which user id upstream signs webhooks with, by account: known to all instances once one of them has learned it. */
export class UpstreamUsers {
  constructor(private readonly database: Database) {}

  async find(account: string): Promise<string | null> {
    const [row] = await this.database.query<{ user_id: string }>(
      "SELECT user_id FROM upstream_user WHERE account = $1",
      [account],
    );
    return row?.user_id ?? null;
  }

  /** The first one stays. */
  async remember(account: string, userId: string): Promise<void> {
    await this.database.query("INSERT INTO upstream_user (account, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
      account,
      userId,
    ]);
  }
}
