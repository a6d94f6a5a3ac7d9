import type { Logger } from "pino";
import type { FileStore } from "./file-store.js";
import { createFileId } from "./file-store.js";
import { parseJsonObject } from "./lossless-body.js";
import { errorDetail, ModelError } from "./model-error.js";
import { parseModelInput } from "./model-input.js";
import { internalErrorOutcome } from "./outcome.js";
import type { Outcome } from "./queue-request.js";
import type { AudioReader } from "./read-audio.js";
import type { ModelRunner } from "./request-queue.js";
import type { WorkerPool } from "./worker-pool.js";
import { AudioFaultError, DecodeTimeoutError, WorkerLostError } from "./worker-pool.js";

/** The model as the queue runs it: check the input, get the audio, work in a thread, keep the result as a file. */
export function createModelRunner(options: {
  files: FileStore;
  pool: WorkerPool;
  readAudio: AudioReader;
  logger: Logger;
}): ModelRunner {
  const { files, pool, readAudio, logger } = options;
  return async (request, inputText, { report, signal }): Promise<Outcome> => {
    try {
      const input = parseModelInput(parseJsonObject(inputText));
      const { audio, sizeBytes, mediaType } = await readAudio(input.audioUrl, signal);
      report({ progress: 0.02, message: `fetched ${megabytes(sizeBytes)} MB ${mediaType}`, level: "INFO" });
      const task = {
        audio,
        prompt: input.prompt,
        maskStartSeconds: input.maskStartSeconds,
        maskEndSeconds: input.maskEndSeconds,
        totalSeconds: input.totalSeconds,
        seed: input.seed,
        searchEffort: input.inferenceSteps,
        guidanceScale: input.guidanceScale,
      };
      const name = `inpaint-${request.id.slice(-8)}.wav`;
      const lifetimeSeconds = request.fileLifetimeSeconds;
      const target = { id: createFileId(), name, contentType: "audio/wav", lifetimeSeconds };
      const file = await files.writeAtPath(target, (resultPath) =>
        pool.run({ ...task, resultPath }, { onReport: report, signal }),
      );
      return { kind: "audio", fileId: file.id, seed: String(input.seed), inline: input.syncMode };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ModelError) {
        return { kind: "model-error", statusCode: error.statusCode, detail: error.detail };
      }
      if (error instanceof AudioFaultError) {
        const { type, loc, message, ctx } = error.fault;
        return { kind: "model-error", statusCode: 422, detail: [errorDetail(type, loc, message, { ctx })] };
      }
      if (error instanceof DecodeTimeoutError) {
        logger.warn({ error, requestId: request.id }, "decoding took too long");
        const message = `${error.message}: it is damaged, or made to be slow. Send it in another format.`;
        const detail = errorDetail("unsupported_audio_format", ["body", "audio_url"], message);
        return { kind: "model-error", statusCode: 422, detail: [detail] };
      }
      if (error instanceof WorkerLostError) {
        logger.error({ error, requestId: request.id }, "worker lost");
        return internalErrorOutcome("The worker that ran this request was lost");
      }
      throw error;
    }
  };
}

function megabytes(sizeBytes: number): string {
  return (sizeBytes / 1e6).toFixed(sizeBytes < 1e6 ? 3 : 1);
}
