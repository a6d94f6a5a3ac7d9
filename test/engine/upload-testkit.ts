import { expect } from "vitest";
import type { TestEngine } from "./engine-testkit.js";

export interface Upload {
  upload_url: string;
  file_url: string;
}

export async function initiate(engine: TestEngine, fileName = "loop.wav", contentType = "audio/wav"): Promise<Upload> {
  const path = "/storage/upload/initiate?storage_type=fal-cdn-v3";
  const response = await engine.post(path, { content_type: contentType, file_name: fileName });
  expect(response.status).toBe(200);
  return (await response.json()) as Upload;
}

export function put(url: string, body: string, contentType = "audio/wav"): Promise<Response> {
  return fetch(url, { method: "PUT", body, headers: { "content-type": contentType } });
}
