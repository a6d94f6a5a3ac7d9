import { expect, test } from "vitest";
import { ExactInteger, exactIntegersOut, parseExact } from "../../../src/services/fal/exact-json.js";

test.each([0n, -1n, 9007199254740993n, -9007199254740993n, 196619188014358661n, 2n ** 64n])(
  "%s keeps every digit on the way out and back",
  (value) => {
    const text = exactIntegersOut(JSON.stringify({ seed: new ExactInteger(value) }));

    expect(text).toBe(`{"seed":${value}}`);
    expect(parseExact(text)).toEqual({ seed: Number.isSafeInteger(Number(value)) ? Number(value) : value });
  },
);

test("a number of a million digits is none, and takes no time", () => {
  const startedAt = performance.now();

  expect(parseExact(`{"seed":${"9".repeat(1_000_000)}}`)).toEqual({ seed: Number.POSITIVE_INFINITY });
  expect(performance.now() - startedAt).toBeLessThan(150);
});

test.each([
  '{"exactInteger":"1"}',
  '\\{"exactInteger":"1"}',
  "{",
  '{\\"exactInteger\\":\\"1\\"}',
  '":{"exactInteger":"1"},"',
])("the text %j stays text", (prompt) => {
  const text = exactIntegersOut(JSON.stringify({ prompt, [prompt]: [prompt], seed: new ExactInteger(5n) }));

  expect(JSON.parse(text)).toEqual({ prompt, [prompt]: [prompt], seed: 5 });
});

test.each([
  '{"a":1.5,"b":9007199254740991,"c":-9007199254740991,"d":"1234567890123456789"}',
  '{"a":0.12345678901234567,"b":1e400,"c":1e-400,"d":-0.1234567890123456}',
  '{"a":{"b":1234567890123456},"a":2}',
  '[1234567890123456,[],{},null,true,false,"\\u00e9\\n"]',
])("everything but large integers is what JSON.parse makes of it: %s", (text) => {
  expect(parseExact(text)).toEqual(JSON.parse(text));
});

test("a key named __proto__ is just a key", () => {
  const parsed = parseExact('{"__proto__":{"status":"COMPLETED"},"n":12345678901234567890}');

  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
});

test.each(["", "{", '{"n":12345678901234567890', "12345678901234567890x"])("%j is a syntax error", (text) => {
  expect(() => parseExact(text)).toThrow(SyntaxError);
});
