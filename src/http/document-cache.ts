import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";

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
 * Checked documents by their text, shared by all transports. Whoever puts one in vouches that it is checked. Bounded in
 * number and in size; the least recently used go first, and none fills it by itself.
 */
export function createDocumentCache(): LRUCache<string, CheckedDocument> {
  return new LRUCache({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    maxEntrySize: MAX_CHARACTERS / 10,
    sizeCalculation: (_document, text) => text.length,
  });
}
