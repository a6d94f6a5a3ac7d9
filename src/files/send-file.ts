import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type ByteRange, parseByteRange } from "./byte-range.js";

export interface ServedFile {
  /** Names these very bytes for ever. */
  readonly id: string;
  readonly contentType: string;
  /** Of letters, digits, dots, dashes and underscores only. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** The bytes from `start` to `end`, both included. */
  readonly stream: (start: number, end: number) => Readable;
}

/** Answers GET or HEAD with a stranger's file, whole or one byte range of it (RFC 9110, section 14). */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: ServedFile): FastifyReply {
  const isAudio = /^(audio|video)\//.test(file.contentType);
  const etag = `"${file.id}"`;
  reply.headers({
    "content-type": file.contentType,
    "accept-ranges": "bytes",
    etag,
    "last-modified": new Date(file.createdAtMs).toUTCString(),
    // The bytes behind an id never change.
    "cache-control": "private, max-age=3600, immutable",
    // Strangers' bytes on our origin: nothing in them may be taken for a page or a script.
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    // A page of another origin that was given the URL may play it; nothing but the URL lets anyone in.
    "cross-origin-resource-policy": "cross-origin",
    "content-disposition": `${isAudio ? "inline" : "attachment"}; filename="${file.name}"`,
  });
  const isSameVersion = request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
  const range = isSameVersion ? parseByteRange(request.headers.range, file.sizeBytes) : "whole";
  if (range === "unsatisfiable") {
    // The headers above describe the file, this body says why there is none.
    return reply
      .code(416)
      .header("content-range", `bytes */${file.sizeBytes}`)
      .type("application/json; charset=utf-8")
      .send({ detail: `The file has ${file.sizeBytes} bytes` });
  }
  const part: ByteRange = range === "whole" ? { start: 0, end: file.sizeBytes - 1 } : range;
  if (range !== "whole") {
    reply.code(206).header("content-range", `bytes ${part.start}-${part.end}/${file.sizeBytes}`);
  }
  reply.header("content-length", part.end - part.start + 1);
  return request.method === "HEAD" ? reply.send() : reply.send(file.stream(part.start, part.end));
}
