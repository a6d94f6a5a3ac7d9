import { expect, test } from "vitest";
import { findLeaks } from "./log-guard.js";

test.each([
  ['{"msg":"sent","authorization":"Key id-1:abc"}'],
  ["authorization: Bearer eyJhbGciOi.abc"],
  ["PUT https://v3b.fal.media/a?X-Goog-Signature=12ab failed"],
  ["http://127.0.0.1:1/uploads/a/b.wav?content_type=audio%2Fwav&signature=ab_c"],
  ['"audioUrl":"data:audio/wav;base64,UklGRiQAAABXQVZF"'],
  ["something s3cr3t-value something"],
])("finds what must not be logged: %s", (line) => {
  expect(findLeaks(`{"level":30}\n${line}\n`, ["s3cr3t-value"])).toHaveLength(1);
});

test.each([
  ["Key not found"],
  ["https://v3b.fal.media/files/b/a.wav"],
  ["https://a.example/b?…"],
  ["data:audio/wav;base64,(3 bytes)"],
  ["signature refused"],
])("leaves the rest alone: %s", (line) => {
  expect(findLeaks(line, ["s3cr3t-value"])).toEqual([]);
});
