import { expect, test } from "vitest";
import { redact } from "../../../src/services/fal/redact.js";

test.each([
  ["see https://a.example/b.wav for more", "see https://a.example/b.wav for more"],
  ["see https://a.example/b.wav?sig=1&x=2, please", "see https://a.example/b.wav?… please"],
  ["https://a.example?sig=1", "https://a.example?…"],
  ["https://a.example/b#token", "https://a.example/b?…"],
  ["https://me:word@a.example/b", "https://a.example/b"],
  ["https://me:word@a.example/b?sig=1", "https://a.example/b?…"],
  ["'data:audio/wav;base64,UklGRg=='", "'data:audio/wav…'"],
  ["Authorization: Key id-1:secret_9", "Authorization: Key …"],
  ["Bearer eyJhbGciOi.x.y", "Bearer …"],
  ["the key 0190b7c2-5f1a-7c44-9d0e-2f6f0e6a1b01:9f86d081884c7d659a2feaa0c55ad015 is bad", "the key … is bad"],
  ["Key not found", "Key not found"],
  ["at 12:30:59 a ratio of 1:2", "at 12:30:59 a ratio of 1:2"],
])("%j reads %j", (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test("takes no long time for a long text", () => {
  const from = performance.now();

  for (const piece of ["https://", "data:", "a:", "Key a", "@", "?"]) redact(piece.repeat(5_000));

  expect(performance.now() - from).toBeLessThan(1_000);
});
