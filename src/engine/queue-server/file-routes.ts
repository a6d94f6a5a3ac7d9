import type { FastifyPluginAsync, FastifyReply } from "fastify";
import { sendFile } from "../../files/send-file.js";
import { type Activity, trackWritingRequests } from "./activity.js";
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
export function createFileRoutes(stores: UploadStores, activity: Activity): FastifyPluginAsync {
  const { files } = stores;
  return async (app) => {
    trackWritingRequests(app, activity);
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
        return sendFile(request, reply, { ...file, stream: (start, end) => files.stream(file.id, start, end) });
      },
    });
  };

  function refuse(reply: FastifyReply, { statusCode, detail }: UploadRefusal): FastifyReply {
    // The rest of the body is not read, so the connection can't be used again.
    return reply.code(statusCode).header("connection", "close").send({ detail });
  }
}
