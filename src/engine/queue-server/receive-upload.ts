import type { FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { FileStore, NewFile } from "./file-store.js";
import { EmptyFileError, FileExistsError, FileTooLargeError } from "./file-store.js";
import { InvalidJsonError, isJsonObject, parseJsonObject } from "./lossless-body.js";
import type { MultipartUploads } from "./multipart-uploads.js";
import { MAX_MULTIPART_BYTES, MultipartError } from "./multipart-uploads.js";
import type { UploadGrant, UploadSigner } from "./upload-signature.js";

/** fal's clients send larger files in parts. */
export const MAX_UPLOAD_BYTES = 90 * 1024 * 1024;
/** An upload that trickles holds a connection and a file; 90 MB in this time are 150 kB/s. */
const UPLOAD_TIMEOUT_MS = 10 * 60 * 1000;

export interface UploadRefusal {
  statusCode: number;
  detail: string;
}

export type UploadRequest = FastifyRequest<{
  Params: { id: string; name: string; part?: string };
  Querystring: Record<string, unknown>;
  Body: unknown;
}>;

export interface UploadStores {
  files: FileStore;
  parts: MultipartUploads;
  signer: UploadSigner;
  logger: Logger;
}

/** Streams the body of a signed PUT into the store; null when it is there, else why not. */
export async function receiveUpload(request: UploadRequest, stores: UploadStores): Promise<UploadRefusal | null> {
  const { files, signer } = stores;
  const grant = openGrant(request, signer);
  if ("statusCode" in grant) return grant;
  const contentType = request.headers["content-type"];
  if (contentType !== undefined && contentType.trim().toLowerCase() !== grant.contentType) {
    return { statusCode: 403, detail: `The upload URL is for the content type ${grant.contentType}` };
  }
  const lengthBytes = Number(request.headers["content-length"] ?? grant.sizeBytes);
  if (grant.sizeBytes !== null && lengthBytes !== grant.sizeBytes) {
    return { statusCode: 403, detail: `The upload URL is for a file of ${grant.sizeBytes} bytes` };
  }
  if (lengthBytes > MAX_UPLOAD_BYTES) return tooLarge(MAX_UPLOAD_BYTES);
  const maxBytes = grant.sizeBytes ?? MAX_UPLOAD_BYTES;
  return receive(request, stores, maxBytes, async (body) => {
    await files.write(fileOf(grant), body, maxBytes);
    return null;
  });
}

/** Streams one part of an upload in; its etag, or why not. */
export async function receivePart(request: UploadRequest, stores: UploadStores): Promise<string | UploadRefusal> {
  const grant = openGrant(request, stores.signer);
  if ("statusCode" in grant) return grant;
  const partNumber = Number(request.params.part);
  const maxBytes = grant.sizeBytes ?? MAX_MULTIPART_BYTES;
  return receive(request, stores, maxBytes, (body) => stores.parts.writePart(grant, partNumber, body));
}

/** Makes one file of the parts; null when it is there, else why not. */
export async function completeUpload(request: UploadRequest, stores: UploadStores): Promise<UploadRefusal | null> {
  const { files, parts, signer } = stores;
  const grant = openGrant(request, signer);
  if ("statusCode" in grant) return grant;
  const named = namedParts(request.body);
  if (named === null) return { statusCode: 422, detail: "Expected parts, each with partNumber and etag" };
  // A part may be named more than once.
  const maxBytes = Math.min(grant.sizeBytes ?? MAX_MULTIPART_BYTES, MAX_MULTIPART_BYTES);
  return settle(request, stores, maxBytes, async () => {
    await files.write(fileOf(grant), parts.read(grant, named), maxBytes);
    await parts.remove(grant);
    return null;
  });
}

/** Reads a body that may take its time, but not for ever. */
async function receive<Received>(
  request: UploadRequest,
  stores: UploadStores,
  maxBytes: number,
  store: (body: AsyncIterable<Uint8Array>) => Promise<Received>,
): Promise<Received | UploadRefusal> {
  const { raw } = request;
  const timer = setTimeout(() => raw.destroy(new Error("The upload took too long")), UPLOAD_TIMEOUT_MS);
  // The refusal still has to go out on this connection: leaving the loop must not destroy it.
  const body = raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  try {
    return await settle(request, stores, maxBytes, () => store(body));
  } finally {
    clearTimeout(timer);
  }
}

/** What went wrong while bytes were stored, in words for the caller. */
async function settle<Stored>(
  { raw, params }: UploadRequest,
  { logger }: UploadStores,
  maxBytes: number,
  store: () => Promise<Stored>,
): Promise<Stored | UploadRefusal> {
  try {
    return await store();
  } catch (error) {
    if (error instanceof FileExistsError) return { statusCode: 409, detail: "This file is already uploaded" };
    if (error instanceof FileTooLargeError) return tooLarge(maxBytes);
    if (error instanceof EmptyFileError) return { statusCode: 400, detail: "The upload is empty" };
    if (error instanceof MultipartError) return { statusCode: error.statusCode, detail: error.message };
    if (raw.destroyed && !raw.complete) return { statusCode: 400, detail: "The upload was cut off" };
    logger.error({ error, fileId: params.id }, "upload could not be stored");
    return { statusCode: 500, detail: "The upload could not be stored" };
  }
}

function tooLarge(maxBytes: number): UploadRefusal {
  return { statusCode: 413, detail: `An upload may have ${maxBytes} bytes at most` };
}

function fileOf({ fileId, fileName, contentType, lifetimeSeconds }: UploadGrant): NewFile {
  return { id: fileId, name: fileName, contentType, lifetimeSeconds };
}

/** The grant behind a signed URL, or why it is none. */
function openGrant(request: UploadRequest, signer: UploadSigner): UploadGrant | UploadRefusal {
  const grant = readGrant(request);
  const signature = request.query.signature;
  if (grant === null || typeof signature !== "string" || !signer.verify(grant, signature)) {
    return { statusCode: 403, detail: "The upload URL is not valid" };
  }
  if (grant.expiresAtSeconds * 1000 < Date.now()) return { statusCode: 403, detail: "The upload URL has expired" };
  return grant;
}

function namedParts(body: unknown): { partNumber: number; etag: string }[] | null {
  const parts = typeof body === "string" ? readParts(body) : null;
  if (!Array.isArray(parts)) return null;
  const isNamed = (part: unknown): part is { partNumber: number; etag: string } =>
    isJsonObject(part) && typeof part.partNumber === "number" && typeof part.etag === "string";
  return parts.every(isNamed) ? parts : null;
}

function readParts(body: string): unknown {
  try {
    return parseJsonObject(body).parts;
  } catch (error) {
    if (error instanceof InvalidJsonError) return null;
    throw error;
  }
}

/** What the URL claims to allow; its signature says whether that is so. */
function readGrant({ params, query }: UploadRequest): UploadGrant | null {
  const { content_type: contentType, size, expires, lifetime } = query;
  if (typeof contentType !== "string" || typeof expires !== "string") return null;
  const lifetimeSeconds = lifetime === undefined ? null : Number(lifetime);
  const sizeBytes = size === undefined ? null : Number(size);
  const expiresAtSeconds = Number(expires);
  return { fileId: params.id, fileName: params.name, contentType, sizeBytes, expiresAtSeconds, lifetimeSeconds };
}
