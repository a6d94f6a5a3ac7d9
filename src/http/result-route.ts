import type { FastifyInstance } from "fastify";
import { sendFile } from "../files/send-file.js";
import type { Services } from "../services/services.js";
import { refuse, sendRefusal } from "./refusal.js";

interface ResultRoute {
  Params: { jobId: string; fileName: string };
  Querystring: { key?: unknown; signature?: unknown };
}

/** `GET` and `HEAD /results/:jobId/:fileName`: a result that this server keeps, for whoever has its signed address. */
export function registerResultRoute(server: FastifyInstance, services: Services): void {
  server.route<ResultRoute>({
    method: ["GET", "HEAD"],
    url: "/results/:jobId/:fileName",
    handler: async (request, reply) => {
      const { key, signature } = request.query;
      const link = { ...request.params, keyId: String(key), signature: String(signature) };
      const file = await services.openResult(link);
      if (file) return sendFile(request, reply, file);
      const words = "There is no such result here (any more). Ask for the job's output again.";
      return sendRefusal(reply, refuse(404, "NOT_FOUND", words));
    },
  });
}
