import { v7 as uuidv7 } from "uuid";
import { UnavailableError } from "../errors.js";
import type { FalQueue } from "./fal/fal-queue.js";
import type { Caller } from "./job.js";
import { QuotaExceededError, quotaFault } from "./quotas/limits.js";
import type { Quotas } from "./quotas/quotas.js";
import type { UploadOutcome, UploadRequest, UserErrorCode, UserFault } from "./services.js";

const MAX_FILE_NAME_CHARACTERS = 200;

/** Audio, and the types under which browsers and tools commonly send audio. */
const ACCEPTED_TYPE = /^(?:audio\/[\w.+-]{1,60}|application\/ogg|application\/octet-stream|video\/(?:mp4|ogg|webm))$/i;

export interface UploadDependencies {
  readonly queue: FalQueue;
  readonly quotas: Quotas;
  readonly clock: () => number;
  readonly maxUploadBytes: number;
}

/**
 * An address to send one file to. How long fal's and the engine's signed addresses live is not told by the protocol, so
 * expiresAt is null. Rejects with UnavailableError when upstream's storage gives none.
 */
export async function createUpload(
  { queue, quotas, clock, maxUploadBytes }: UploadDependencies,
  caller: Caller,
  request: UploadRequest,
): Promise<UploadOutcome> {
  const faults = checkUpload(request, maxUploadBytes);
  if (faults.length > 0) return { upload: null, faults };
  const counted = { id: uuidv7(), callerId: caller.id, at: clock(), bytes: request.fileSizeBytes };
  try {
    await quotas.addUpload(counted);
  } catch (error) {
    if (!(error instanceof QuotaExceededError)) throw error;
    return { upload: null, faults: [quotaFault(error, "fileSize")] };
  }
  const { uploadUrl, fileUrl } = await queue.storage.initiateUpload(request).catch(async (error: Error) => {
    await quotas.takeUploadBack(counted);
    throw new UnavailableError(`The engine's storage gave no address to upload to: ${error.message} Try again later.`, {
      cause: error,
    });
  });
  return {
    upload: {
      uploadUrl,
      method: "PUT",
      headers: [{ name: "Content-Type", value: request.contentType }],
      fileUrl,
      expiresAt: null,
    },
    faults: [],
  };
}

function checkUpload(request: UploadRequest, maxUploadBytes: number): UserFault[] {
  const faults: UserFault[] = [];
  const { fileName, contentType, fileSizeBytes } = request;
  if (fileName.trim() === "" || fileName.length > MAX_FILE_NAME_CHARACTERS || /[/\\\p{Cc}]/u.test(fileName)) {
    faults.push(
      fault(
        "INVALID",
        "fileName",
        `Expected a file name of 1 to ${MAX_FILE_NAME_CHARACTERS} characters without slashes, got ${JSON.stringify(fileName.slice(0, 80))}. Give the bare name, e.g. take-3.wav.`,
      ),
    );
  }
  if (!ACCEPTED_TYPE.test(contentType)) {
    faults.push(
      fault(
        "INVALID",
        "contentType",
        `Expected the media type of audio, e.g. audio/wav or audio/mpeg, got ${JSON.stringify(contentType.slice(0, 80))}. Name the file's own type.`,
      ),
    );
  }
  if (fileSizeBytes < 1) {
    faults.push(
      fault(
        "AUDIO_INVALID",
        "fileSize",
        `Expected a file of at least 1 byte, got ${fileSizeBytes}. Choose a file that holds audio.`,
      ),
    );
  } else if (fileSizeBytes > maxUploadBytes) {
    faults.push(
      fault(
        "OUT_OF_RANGE",
        "fileSize",
        `A file may have at most ${maxUploadBytes} bytes, got ${fileSizeBytes}. Shorten or compress it.`,
      ),
    );
  }
  return faults;
}

function fault(code: UserErrorCode, field: string, message: string): UserFault {
  return { code, field: [field], message };
}
