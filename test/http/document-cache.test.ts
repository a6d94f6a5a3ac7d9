import { type DocumentNode, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { DocumentCache } from "../../src/http/document-cache.js";

const documentOf = (text: string): DocumentNode => parse(text);

describe("DocumentCache", () => {
  it("serves Apollo's prefixed keys from the same entries", async () => {
    const cache = new DocumentCache();
    const document = documentOf("{ a }");
    const key = DocumentCache.keyOf("{ a }");
    await cache.asApolloStore().set(`schema-hash:${key}`, document);
    expect(cache.get(key)).toBe(document);
    expect(await cache.asApolloStore().get(`schema-hash:${key}`)).toBe(document);
    await cache.asApolloStore().delete(`schema-hash:${key}`);
    expect(cache.get(key)).toBeUndefined();
  });

  it("holds 500 documents and drops the least recently used", () => {
    const cache = new DocumentCache();
    for (let index = 0; index < 500; index++) cache.set(`${index}`, documentOf(`{ a${index} }`));
    cache.get("0");
    cache.set("new", documentOf("{ a }"));
    expect(cache.get("0")).toBeDefined();
    expect(cache.get("1")).toBeUndefined();
    expect(cache.get("new")).toBeDefined();
  });

  it("holds 500,000 characters of text, and no text that would fill it", () => {
    const cache = new DocumentCache();
    const large = documentOf(`{ a } #${"x".repeat(49_000)}`);
    for (let index = 0; index < 11; index++) cache.set(`${index}`, large);
    expect(cache.get("0")).toBeUndefined();
    expect(cache.get("10")).toBe(large);
    cache.set("huge", documentOf(`{ a } #${"x".repeat(51_000)}`));
    expect(cache.get("huge")).toBeUndefined();
  });
});
