import type { FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { FileStore } from "./file-store.js";
import { EmptyFileError, FileExistsError, FileTooLargeError } from "./file-store.js";
import type { UploadGrant, UploadSigner } from "./upload-signature.js";

/** fal's clients send larger files in parts. */
export const MAX_UPLOAD_BYTES = 90 * 1024 * 1024;
/** An upload that trickles holds a connection and a file; 90 MB in this time are 150 kB/s. */
const UPLOAD_TIMEOUT_MS = 10 * 60 * 1000;

export interface UploadRefusal {
  statusCode: number;
  detail: string;
}

type UploadRequest = FastifyRequest<{ Params: { id: string; name: string }; Querystring: Record<string, unknown> }>;

/** Streams the body of a signed PUT into the store; null when it is there, else why not. */
export async function receiveUpload(
  request: UploadRequest,
  { files, signer, logger }: { files: FileStore; signer: UploadSigner; logger: Logger },
): Promise<UploadRefusal | null> {
  const grant = readGrant(request);
  const signature = request.query.signature;
  if (grant === null || typeof signature !== "string" || !signer.verify(grant, signature)) {
    return { statusCode: 403, detail: "The upload URL is not valid" };
  }
  if (grant.expiresAtSeconds * 1000 < Date.now()) return { statusCode: 403, detail: "The upload URL has expired" };
  const contentType = request.headers["content-type"];
  if (contentType !== undefined && contentType.trim().toLowerCase() !== grant.contentType) {
    return { statusCode: 403, detail: `The upload URL is for the content type ${grant.contentType}` };
  }
  const tooLarge = { statusCode: 413, detail: `An upload may have ${MAX_UPLOAD_BYTES} bytes at most` };
  if (Number(request.headers["content-length"]) > MAX_UPLOAD_BYTES) return tooLarge;

  const { raw } = request;
  const timer = setTimeout(() => raw.destroy(new Error("The upload took too long")), UPLOAD_TIMEOUT_MS);
  const { fileId: id, fileName: name, lifetimeSeconds } = grant;
  try {
    // The refusal still has to go out on this connection: leaving the loop must not destroy it.
    const body = raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    await files.write({ id, name, contentType: grant.contentType, lifetimeSeconds }, body, MAX_UPLOAD_BYTES);
    return null;
  } catch (error) {
    if (error instanceof FileExistsError) return { statusCode: 409, detail: "This file is already uploaded" };
    if (error instanceof FileTooLargeError) return tooLarge;
    if (error instanceof EmptyFileError) return { statusCode: 400, detail: "The upload is empty" };
    if (raw.destroyed) return { statusCode: 400, detail: "The upload was cut off" };
    logger.error({ error, fileId: id }, "upload could not be stored");
    return { statusCode: 500, detail: "The upload could not be stored" };
  } finally {
    clearTimeout(timer);
  }
}

/** What the URL claims to allow; its signature says whether that is so. */
function readGrant({ params, query }: UploadRequest): UploadGrant | null {
  const { content_type: contentType, expires, lifetime } = query;
  if (typeof contentType !== "string" || typeof expires !== "string") return null;
  const lifetimeSeconds = lifetime === undefined ? null : Number(lifetime);
  return { fileId: params.id, fileName: params.name, contentType, expiresAtSeconds: Number(expires), lifetimeSeconds };
}
