import type { ServerResponse } from "node:http";
import type { FastifyPluginAsync } from "fastify";
import { toJson } from "./lossless-body.js";
import type { QueueRequest } from "./queue-request.js";
import type { QueueRouteOptions, RequestParams } from "./queue-routes.js";
import { REQUEST_PREFIXES, wantsLogs } from "./queue-routes.js";
import { NOT_FOUND_REPLY } from "./result-reply.js";
import { statusJson } from "./status-json.js";

/** fal sends a comment this often (fal docs, "Queue: status stream"). */
const KEEP_ALIVE_MS = 15_000;
const STREAM = { config: { call: "stream" } } as const;

/**
 * The status stream: server-sent events whose data is the status JSON, each with the log lines that came since the one
 * before; it ends after COMPLETED. A client that reads slowly gets fewer events, never a growing backlog.
 */
export const streamRoute: FastifyPluginAsync<QueueRouteOptions> = async (app, { queue, register, seams, baseUrl }) => {
  const streams = new Set<ServerResponse>();
  app.addHook("preClose", async () => {
    for (const stream of streams) stream.end();
  });

  for (const prefix of REQUEST_PREFIXES) {
    app.get<RequestParams & { Querystring: { logs?: unknown } }>(
      `${prefix}/status/stream`,
      STREAM,
      (request, reply) => {
        const found = register.get(request.params.id);
        if (found === undefined) return reply.code(404).send(NOT_FOUND_REPLY.body);
        reply.hijack();
        follow(found, reply.raw, wantsLogs(request.query.logs));
      },
    );
  }

  function follow(request: QueueRequest, stream: ServerResponse, withLogs: boolean): void {
    let sentLines = 0;
    let isBlocked = false;
    let hasNews = true;
    const sink = seams.openSink(request, stream);

    const send = (): void => {
      hasNews = true;
      if (isBlocked || stream.writableEnded) return;
      hasNews = false;
      const logs = withLogs ? request.logs.slice(sentLines) : null;
      sentLines = request.logs.length;
      const view = { baseUrl: baseUrl(), position: queue.position(request), logs };
      const status = seams.showStatus(request, statusJson(request, view), "stream");
      isBlocked = !sink.write(`data: ${toJson(status)}\n\n`);
      if (request.status === "COMPLETED") sink.end();
    };

    const stopWatching = register.watch(request, send);
    const keepAlive = setInterval(() => {
      if (!isBlocked && !stream.writableEnded) sink.write(": keep-alive\n\n");
    }, KEEP_ALIVE_MS);
    streams.add(stream);
    stream.on("close", () => {
      streams.delete(stream);
      stopWatching();
      clearInterval(keepAlive);
    });
    stream.on("drain", () => {
      isBlocked = false;
      if (hasNews) send();
    });
    stream.on("error", () => stream.destroy());
    stream.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "x-fal-request-id": request.id,
    });
    send();
  }
};
