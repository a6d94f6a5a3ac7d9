import type { FalQueue } from "../fal/fal-queue.js";
import type { Job } from "../job.js";
import type { JobStore } from "../store/job-store.js";
import { parseDataUri } from "./audio-url.js";

/** Larger data: URIs go to upstream's storage; inline they would make every status of the request heavy. */
const MAX_INLINE_BYTES = 64 * 1024;

/** The audio's address as upstream is given it; data of some size is stored there first. */
export async function prepareAudio(store: JobStore, queue: FalQueue, job: Job): Promise<string> {
  const payload = await store.findPayload(job.id);
  const data = payload === null ? null : parseDataUri(payload);
  if (payload === null || data === null) return job.input.audioUrl;
  if (data.sizeBytes <= MAX_INLINE_BYTES) return payload;
  return queue.upload(new Blob([Buffer.from(data.base64, "base64")], { type: data.mediaType }));
}
