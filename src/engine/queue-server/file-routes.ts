import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { ByteRange } from "./byte-range.js";
import { parseByteRange } from "./byte-range.js";
import type { StoredFile } from "./file-store.js";
import type { UploadRefusal, UploadStores } from "./receive-upload.js";
import { completeUpload, receivePart, receiveUpload } from "./receive-upload.js";

interface FileParams {
  Params: { id: string; name: string };
}

interface UploadParams {
  Params: { id: string; name: string; part?: string };
  Querystring: Record<string, unknown>;
}

const UPLOAD = { config: { call: "upload" } } as const;

/**
 * `PUT /uploads/:id/:name` takes what a signed URL allows, whole or (`…/<number>`, `POST …/complete`) in parts, `GET` and `HEAD /files/:id/:name` give files out, one byte
 * range at a time. A plugin of its own, because a server that embeds the engine mounts it on its own port.
 */
export function createFileRoutes(stores: UploadStores): FastifyPluginAsync {
  const { files } = stores;
  return async (app) => {
    // An upload's bytes go to disk as they come, whatever their type.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null));

    app.put<UploadParams>("/uploads/:id/:name", UPLOAD, async (request, reply) => {
      const refusal = await receiveUpload(request, stores);
      return refusal === null ? reply.code(200).send() : refuse(reply, refusal);
    });

    app.put<UploadParams>("/uploads/:id/:name/:part", UPLOAD, async (request, reply) => {
      const etag = await receivePart(request, stores);
      if (typeof etag !== "string") return refuse(reply, etag);
      return reply.header("etag", etag).send({ partNumber: Number(request.params.part), etag });
    });

    app.register(async (json) => {
      json.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => done(null, body));
      json.post<UploadParams>("/uploads/:id/:name/complete", UPLOAD, async (request, reply) => {
        const refusal = await completeUpload(request, stores);
        return refusal === null ? reply.send({}) : refuse(reply, refusal);
      });
    });

    app.route<FileParams>({
      method: ["GET", "HEAD"],
      url: "/files/:id/:name",
      config: { call: "file" },
      handler: async (request, reply) => {
        const file = await files.find(request.params.id, request.params.name);
        if (file === null) return reply.code(404).send({ detail: "There is no such file here (any more)" });
        return sendFile(request, reply, file);
      },
    });
  };

  function refuse(reply: FastifyReply, { statusCode, detail }: UploadRefusal): FastifyReply {
    // The rest of the body is not read, so the connection can't be used again.
    return reply.code(statusCode).header("connection", "close").send({ detail });
  }

  function sendFile(request: FastifyRequest, reply: FastifyReply, file: StoredFile): FastifyReply {
    const isAudio = /^(audio|video)\//.test(file.contentType);
    const etag = `"${file.id}"`;
    reply.headers({
      "content-type": file.contentType,
      "accept-ranges": "bytes",
      etag,
      "last-modified": new Date(file.createdAtMs).toUTCString(),
      // The bytes behind an id never change.
      "cache-control": "private, max-age=3600, immutable",
      // Uploads are strangers' bytes on our origin: nothing in them may be taken for a page or a script.
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
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
    return request.method === "HEAD" ? reply.send() : reply.send(files.stream(file.id, part.start, part.end));
  }
}
