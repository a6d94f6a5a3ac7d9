import { onTestFinished } from "vitest";
import { FalQueue } from "../../../src/services/fal/fal-queue.js";
import { localHosts } from "../../../src/services/fal/hosts.js";
import { type ScriptedUpstream, startScriptedUpstream } from "../../support/scripted-upstream.js";

export const SUBMIT = "POST /fal-ai/stable-audio-25/inpaint";
export const REQUEST = "/fal-ai/stable-audio-25/requests/r1";
export const STATUS = `GET ${REQUEST}/status`;
export const STREAM = `GET ${REQUEST}/status/stream`;
export const RESULT = `GET ${REQUEST}`;
export const CANCEL = `PUT ${REQUEST}/cancel`;
export const INITIATE = "POST /storage/upload/initiate";
export const HISTORY = "GET /v1/models/requests/by-endpoint";

export const OUTPUT = {
  audio: {
    url: "https://v3b.fal.media/files/b/out.wav",
    content_type: "audio/wav",
    file_name: "out.wav",
    file_size: 1024,
  },
  seed: 42,
};

/** The real queue with a scripted server behind it. */
export async function startQueue(): Promise<{ upstream: ScriptedUpstream; queue: FalQueue }> {
  const upstream = await startScriptedUpstream();
  return { upstream, queue: openQueue(upstream.url) };
}

export function openQueue(engineUrl: string): FalQueue {
  const queue = new FalQueue(localHosts({ engineUrl, publicUrl: null }));
  onTestFinished(() => queue.close());
  return queue;
}
