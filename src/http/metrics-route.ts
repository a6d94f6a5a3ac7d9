import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { FastifyInstance } from "fastify";
import { refuse, sendRefusal } from "./refusal.js";

export interface MetricsOptions {
  /** All metrics in Prometheus' text format. */
  readonly read: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Who may read them: whoever is on this machine; whoever shows a secret, by its SHA-256; everybody. */
  readonly readers: "local" | "everyone" | { readonly sha256Hex: string };
}

/** `/metrics`, for those who may read it. */
export function registerMetricsRoute(server: FastifyInstance, { read, readers }: MetricsOptions): void {
  server.get("/metrics", async (request, reply) => {
    if (!mayRead(request.raw, readers)) return sendRefusal(reply, readers === "local" ? NOT_HERE : SECRET_NEEDED);
    const { contentType, text } = await read();
    return reply.header("content-type", contentType).header("cache-control", "no-store").send(text);
  });
}

const NOT_HERE = refuse(404, "NOT_FOUND", "Metrics are shown on this machine alone. METRICS says who may read them.");
const SECRET_NEEDED = refuse(401, "UNAUTHENTICATED", "Metrics need the secret that belongs to METRICS_KEY.", {
  "www-authenticate": 'Bearer realm="metrics"',
});

function mayRead(request: IncomingMessage, readers: MetricsOptions["readers"]): boolean {
  if (readers === "everyone") return true;
  if (readers === "local") return isLocal(request);
  const secret = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(createHash("sha256").update(secret).digest(), Buffer.from(readers.sha256Hex, "hex"));
}

/** From this machine, and not by way of a proxy on it that serves others. */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  const isLoopback = address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
  return isLoopback && headers["x-forwarded-for"] === undefined && headers.forwarded === undefined;
}
