import { randomBytes } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, sep } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import { pagePolicy } from "./page-policy.js";

export interface PageOptions {
  /** The built pages; where there are none, none are served. */
  readonly folder: string;
  /** Origins besides the server's own that uploads go to and results come from. */
  readonly audioOrigins: readonly string[];
  /** Whether GraphiQL is served. */
  readonly hasExplorer: boolean;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  [".css", "text/css; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".mp3", "audio/mpeg"],
  [".svg", "image/svg+xml"],
  [".ttf", "font/ttf"],
]);

/** Stands in built pages where each answer has a nonce of its own. */
const NONCE_PLACE = /PUNCHIN_NONCE/g;
/** Stands in the Studio where it reads whether GraphiQL is there to lead to. */
const EXPLORER_PLACE = "PUNCHIN_EXPLORER";
const EXPLORER_FILES = "/graphiql-assets/";

/** The Studio at `/` and `/jobs/<id>`, GraphiQL at `/graphiql`, and the files both are made of. */
export function registerPages(server: FastifyInstance, { folder, audioOrigins, hasExplorer }: PageOptions): void {
  if (!existsSync(join(folder, "index.html"))) return;

  const servePage = (file: string, urls: readonly string[], hasInlineStyles: boolean) => {
    const page = readFileSync(join(folder, file), "utf8").replace(EXPLORER_PLACE, hasExplorer ? "on" : "off");
    for (const url of urls) {
      server.get(url, (_request, reply) => {
        const nonce = randomBytes(16).toString("base64");
        return reply
          .header("cache-control", "no-cache")
          .header("content-security-policy", pagePolicy({ nonce, audioOrigins, hasInlineStyles }))
          .header("x-content-type-options", "nosniff")
          .header("referrer-policy", "no-referrer")
          .type("text/html; charset=utf-8")
          .send(page.replace(NONCE_PLACE, nonce));
      });
    }
  };
  servePage("index.html", ["/", "/jobs/:id"], false);
  if (hasExplorer) {
    servePage("graphiql.html", ["/graphiql"], true);
    sendBrowsersToExplorer(server);
  }

  // One route for each file that is there: no request names a path on the disk.
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    const type = TYPES.get(extname(name));
    if (type === undefined || !statSync(path).isFile()) continue;
    const url = `/${name.split(sep).join("/")}`;
    if (url.startsWith(EXPLORER_FILES) && !hasExplorer) continue;
    const packed = existsSync(`${path}.gz`) ? `${path}.gz` : null;
    server.get(url, (request, reply) => {
      const isPacked = packed !== null && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
      if (isPacked) reply.header("content-encoding", "gzip");
      // The names of assets have a hash of what is in them.
      const lifetime = /^\/(?:graphiql-)?assets\//.test(url) ? "public, max-age=31536000, immutable" : "no-cache";
      reply.header("cache-control", lifetime).header("x-content-type-options", "nosniff");
      if (packed !== null) reply.header("vary", "accept-encoding");
      return sendFile(reply.type(type), isPacked ? packed : path);
    });
  }
}

function sendFile(reply: FastifyReply, path: string): FastifyReply {
  return reply.header("content-length", statSync(path).size).send(createReadStream(path));
}

/** Who opens the API's address in a browser wants to look at it. */
function sendBrowsersToExplorer(server: FastifyInstance): void {
  server.addHook("onRequest", async (request, reply) => {
    const isVisit = request.method === "GET" && request.url === "/graphql";
    if (isVisit && request.headers.accept?.includes("text/html")) return reply.redirect("/graphiql");
  });
}
