import { createHash } from "node:crypto";
import type { ApolloServerOptions } from "@apollo/server";
import type { DocumentNode } from "graphql";
import type { ApiContext } from "../resolvers/context.js";

type ApolloDocumentStore = NonNullable<ApolloServerOptions<ApiContext>["documentStore"]>;

/** A server's clients send a few dozen texts; the rest is generated ones that never return. */
const MAX_DOCUMENTS = 500;
/** A parsed document takes some twenty times its text, so that this bounds the cache to about 10 MB. */
const MAX_CHARACTERS = 500_000;

interface Entry {
  readonly document: DocumentNode;
  readonly characters: number;
}

/**
 * Parsed and validated documents by the SHA-256 of their text, shared by all transports. Bounded in number and in
 * size; the least recently used go first. Whoever puts a document in vouches that it is valid for the one schema.
 */
export class DocumentCache {
  readonly #entries = new Map<string, Entry>();
  #characters = 0;

  /** The key of a document's text. */
  static keyOf(source: string): string {
    return createHash("sha256").update(source).digest("hex");
  }

  get(key: string): DocumentNode | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    // A Map iterates in order of insertion: putting it back makes it the most recently used.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.document;
  }

  /** Keeps the document, unless it would fill the cache by itself. */
  set(key: string, document: DocumentNode): void {
    this.delete(key);
    const characters = document.loc?.source.body.length ?? 0;
    if (characters > MAX_CHARACTERS / 10) return;
    this.#entries.set(key, { document, characters });
    this.#characters += characters;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_DOCUMENTS && this.#characters <= MAX_CHARACTERS) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#characters -= entry.characters;
  }

  /** The same cache in the form Apollo Server takes: its keys are our keys behind a hash of the schema. */
  asApolloStore(): ApolloDocumentStore {
    const keyOf = (prefixedKey: string) => prefixedKey.slice(prefixedKey.lastIndexOf(":") + 1);
    return {
      get: async (key) => this.get(keyOf(key)),
      set: async (key, document) => this.set(keyOf(key), document),
      delete: async (key) => this.delete(keyOf(key)),
    };
  }
}
