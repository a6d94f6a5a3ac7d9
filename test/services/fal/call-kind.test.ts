import { expect, it } from "vitest";
import { callKind } from "../../../src/services/fal/call-kind.js";

it.each([
  ["POST", "https://queue.fal.run/fal-ai/stable-audio-25/inpaint?fal_webhook=x", "submit"],
  ["GET", "https://queue.fal.run/fal-ai/stable-audio-25/requests/abc/status?logs=1", "status"],
  ["GET", "https://queue.fal.run/fal-ai/stable-audio-25/requests/abc/status/stream?logs=1", "status-stream"],
  ["GET", "https://queue.fal.run/fal-ai/stable-audio-25/requests/abc", "result"],
  ["PUT", "https://queue.fal.run/fal-ai/stable-audio-25/requests/abc/cancel", "cancel"],
  ["POST", "https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3", "storage"],
  ["PUT", "https://v3.fal.media/files/abc/clip.wav?signature=x", "storage"],
  ["GET", "https://rest.fal.ai/.well-known/jwks.json", "other"],
])("tells that %s %s is %s", (method, url, kind) => {
  expect(callKind(method, url)).toBe(kind);
});
