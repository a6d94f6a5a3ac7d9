import { randomBytes } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import type { Database, Query } from "./store/database.js";

/** What is signed. A key serves one purpose, so that a signature made for one is worth nothing for another. */
export type KeyPurpose = "watch-token" | "result-link" | "upstream-webhook" | "webhook";

export interface SigningKey {
  /** Travels with the signature, so that it can be checked also after a newer key was made. */
  readonly id: string;
  /** 32 random bytes. */
  readonly secret: Buffer;
  readonly createdAt: number;
}

interface KeyRow {
  id: string;
  secret: string;
  created_at: number;
}

const SECRET_BYTES = 32;
const SELECT_KEYS = "SELECT id, secret, created_at FROM signing_key WHERE purpose = $1";

/**
 * The server's own signing keys, in the store, so that restarts and other instances know them. They are read anew each
 * time: a replaced key is gone at once, everywhere.
 */
export class SigningKeys {
  constructor(
    private readonly database: Database,
    private readonly clock: () => number,
  ) {}

  /** The newest key of the purpose; made at its first use. */
  async current(purpose: KeyPurpose): Promise<SigningKey> {
    const [newest] = await this.list(purpose);
    // Two instances may both make a first one. Both are kept: each finds its own by its id.
    return newest ?? this.add(this.database.query, purpose);
  }

  async find(purpose: KeyPurpose, id: string): Promise<SigningKey | null> {
    const [row] = await this.database.query<KeyRow>(`${SELECT_KEYS} AND id = $2`, [purpose, id]);
    return row ? keyFromRow(row) : null;
  }

  /** Newest first. */
  async list(purpose: KeyPurpose): Promise<SigningKey[]> {
    const rows = await this.database.query<KeyRow>(`${SELECT_KEYS} ORDER BY created_at DESC, id DESC`, [purpose]);
    return rows.map(keyFromRow);
  }

  /** A new key in place of all there were: nothing that they signed is accepted any more. */
  replace(purpose: KeyPurpose): Promise<SigningKey> {
    return this.database.transaction(async (query) => {
      await query("DELETE FROM signing_key WHERE purpose = $1", [purpose]);
      return this.add(query, purpose);
    });
  }

  /** A new key beside the newest; older ones go. */
  rotate(purpose: KeyPurpose): Promise<SigningKey> {
    return this.database.transaction(async (query) => {
      await query(
        `DELETE FROM signing_key WHERE purpose = $1
          AND id NOT IN (SELECT id FROM signing_key WHERE purpose = $1 ORDER BY created_at DESC, id DESC LIMIT 1)`,
        [purpose],
      );
      return this.add(query, purpose);
    });
  }

  private async add(query: Query, purpose: KeyPurpose): Promise<SigningKey> {
    const key = { id: uuidv7(), secret: randomBytes(SECRET_BYTES), createdAt: this.clock() };
    await query("INSERT INTO signing_key (id, purpose, secret, created_at) VALUES ($1, $2, $3, $4)", [
      key.id,
      purpose,
      key.secret.toString("base64"),
      key.createdAt,
    ]);
    return key;
  }
}

function keyFromRow(row: KeyRow): SigningKey {
  return { id: row.id, secret: Buffer.from(row.secret, "base64"), createdAt: row.created_at };
}
