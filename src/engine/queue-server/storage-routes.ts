import type { FastifyPluginAsync } from "fastify";
import { parseFileLifetime } from "./file-lifetime.js";
import { createFileId, sanitizeFileName } from "./file-store.js";
import type { FileUrls } from "./file-urls.js";
import type { JsonObject } from "./lossless-body.js";
import { InvalidJsonError, parseJsonObject } from "./lossless-body.js";
import { errorDetail } from "./model-error.js";
import { UPLOAD_GRANT_SECONDS } from "./upload-signature.js";

/** A type and subtype with parameters, in characters that are safe in a header. */
const CONTENT_TYPE = /^[\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,60}(\s*;\s*[\w.-]+=[\w.-]+){0,4}$/;

interface InitiateRequest {
  Body: string;
  Querystring: { storage_type?: unknown };
}

/**
 * Starting an upload to storage: the reply names where to PUT the bytes and where the file will be (fal docs, "fal CDN").
 * `file_size` is an extension: the address then takes so many bytes.
 */
export const storageRoutes: FastifyPluginAsync<{ urls: FileUrls }> = async (app, { urls }) => {
  // What comes in parts goes to the same address with more behind it, so one grant serves both.
  for (const path of ["/storage/upload/initiate", "/storage/upload/initiate-multipart"]) {
    app.post<InitiateRequest>(path, { config: { call: "initiate" } }, async (request, reply) => {
      const storageType = request.query.storage_type ?? "fal-cdn-v3";
      if (storageType !== "fal-cdn-v3") return reply.code(400).send({ detail: "Invalid storage type" });
      const body = readBody(request.body);
      const contentType = typeof body?.content_type === "string" ? body.content_type.trim().toLowerCase() : "";
      if (typeof body?.file_name !== "string" || !CONTENT_TYPE.test(contentType)) {
        const field = CONTENT_TYPE.test(contentType) ? "file_name" : "content_type";
        return reply.code(422).send({ detail: [errorDetail("string_type", ["body", field], "Input should be valid")] });
      }
      const { file_size: size = null } = body;
      const sizeBytes = size === null ? null : Number(size);
      if (sizeBytes !== null && !(Number.isSafeInteger(sizeBytes) && sizeBytes > 0)) {
        return reply
          .code(422)
          .send({ detail: [errorDetail("int_type", ["body", "file_size"], "Input should be valid")] });
      }
      const name = sanitizeFileName(body.file_name);
      const id = createFileId();
      const grant = {
        fileId: id,
        fileName: name,
        contentType,
        sizeBytes,
        expiresAtSeconds: Math.floor(Date.now() / 1000) + UPLOAD_GRANT_SECONDS,
        lifetimeSeconds: parseFileLifetime(request.headers),
      };
      return reply.send({ upload_url: urls.uploadUrl(grant), file_url: urls.fileUrl({ id, name }) });
    });
  }
};

function readBody(text: string): JsonObject | null {
  try {
    return parseJsonObject(text);
  } catch (error) {
    if (error instanceof InvalidJsonError) return null;
    throw error;
  }
}
