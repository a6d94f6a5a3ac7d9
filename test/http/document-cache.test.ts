import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { DocumentCache } from "../../src/http/document-cache.js";

const checked = (text: string) => ({ document: parse(text), introspects: false });

describe("DocumentCache", () => {
  it("holds 500 documents and drops the least recently used", () => {
    const cache = new DocumentCache();
    for (let index = 0; index < 500; index++) cache.set(`{ a${index} }`, checked(`{ a${index} }`));
    cache.get("{ a0 }");
    cache.set("{ new }", checked("{ new }"));
    expect(cache.get("{ a0 }")).toBeDefined();
    expect(cache.get("{ a1 }")).toBeUndefined();
    expect(cache.get("{ new }")).toBeDefined();
  });

  it("holds 500,000 characters of text, and no text that would fill it", () => {
    const cache = new DocumentCache();
    const textOf = (index: number, characters: number) => `{ a${index} } #`.padEnd(characters, "x");
    const document = checked("{ a }");
    for (let index = 0; index < 11; index++) cache.set(textOf(index, 49_000), document);
    expect(cache.get(textOf(0, 49_000))).toBeUndefined();
    expect(cache.get(textOf(10, 49_000))).toBe(document);
    cache.set(textOf(0, 51_000), document);
    expect(cache.get(textOf(0, 51_000))).toBeUndefined();
  });
});
