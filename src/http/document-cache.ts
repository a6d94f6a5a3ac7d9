import type { DocumentNode } from "graphql";

/** A server's clients send a few dozen texts; the rest is generated ones that never return. */
const MAX_DOCUMENTS = 500;
/** A parsed document takes some twenty times its text, so that this bounds the cache to about 10 MB. */
const MAX_CHARACTERS = 500_000;

/** A document that is valid for the one schema and within the limits. */
export interface CheckedDocument {
  readonly document: DocumentNode;
  /** Whether it asks for the schema itself. */
  readonly introspects: boolean;
}

/**
 * Checked documents by their text, shared by all transports. Bounded in number and in size; the least recently used go
 * first. Whoever puts a document in vouches that it is checked.
 */
export class DocumentCache {
  readonly #entries = new Map<string, CheckedDocument>();
  #characters = 0;

  get(text: string): CheckedDocument | undefined {
    const entry = this.#entries.get(text);
    if (entry === undefined) return undefined;
    // A Map iterates in order of insertion: putting it back makes it the most recently used.
    this.#entries.delete(text);
    this.#entries.set(text, entry);
    return entry;
  }

  /** Keeps the document, unless it would fill the cache by itself. */
  set(text: string, document: CheckedDocument): void {
    this.#delete(text);
    if (text.length > MAX_CHARACTERS / 10) return;
    this.#entries.set(text, document);
    this.#characters += text.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_DOCUMENTS && this.#characters <= MAX_CHARACTERS) break;
      this.#delete(oldest);
    }
  }

  #delete(text: string): void {
    if (this.#entries.delete(text)) this.#characters -= text.length;
  }
}
