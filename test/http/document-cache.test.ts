import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.js";
import { createDocumentCache } from "../../src/http/document-cache.js";
import { createDocumentLoader } from "../../src/http/load-document.js";
import { Observations } from "../../src/observations.js";
import { buildApiSchema } from "../../src/resolvers/build-schema.js";

const checked = (text: string) => ({ document: parse(text), introspects: false });

describe("the document cache", () => {
  it("holds 500 documents and drops the least recently used", () => {
    const cache = createDocumentCache();
    for (let index = 0; index < 500; index++) cache.set(`{ a${index} }`, checked(`{ a${index} }`));
    cache.get("{ a0 }");
    cache.set("{ new }", checked("{ new }"));
    expect(cache.get("{ a0 }")).toBeDefined();
    expect(cache.get("{ a1 }")).toBeUndefined();
    expect(cache.get("{ new }")).toBeDefined();
  });

  it("holds 500,000 characters of text, and no text that would fill it", () => {
    const cache = createDocumentCache();
    const textOf = (index: number, characters: number) => `{ a${index} } #`.padEnd(characters, "x");
    const document = checked("{ a }");
    for (let index = 0; index < 11; index++) cache.set(textOf(index, 49_000), document);
    expect(cache.get(textOf(0, 49_000))).toBeUndefined();
    expect(cache.get(textOf(10, 49_000))).toBe(document);
    cache.set(textOf(0, 51_000), document);
    expect(cache.get(textOf(0, 51_000))).toBeUndefined();
  });
});

it("is what saves a known text from being parsed and checked again, whoever sends it", async () => {
  const load = createDocumentLoader(await buildApiSchema(), loadConfig({}).documentLimits, new Observations());
  const text = "{ service { version } }";
  expect(load(text, true).checked).toBe(load(text, false).checked);
  expect(load("{ no }", false).errors).toHaveLength(1);
  expect(load("{ no }", false).errors).toHaveLength(1);
});
