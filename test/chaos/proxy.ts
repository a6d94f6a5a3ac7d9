import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export type Call = "submit" | "status" | "stream" | "result" | "cancel" | "history" | "storage" | "other";

/** arrived: nothing was forwarded. answered: the engine's answer is here, not passed on. passed: it was passed on. */
export type Moment = "arrived" | "answered" | "passed";

export interface Passage {
  readonly call: Call;
  readonly moment: Moment;
  /** The instance that asks: the first part of its ENGINE_URL's path. */
  readonly instance: string;
  readonly path: string;
}

/** What becomes of a request at a moment: it goes on, its connection is cut, or it is answered in the engine's stead. */
export type Verdict = "go-on" | "cut" | { readonly status: number; readonly body: string };
export type Tap = (passage: Passage) => Promise<Verdict>;

/** Stands between the instances and the engine, and lets the test act at exact moments of their conversation. */
export class EngineProxy {
  /** Where an instance finds the engine is this, a slash and its name. */
  readonly url: string;
  tap: Tap = async () => "go-on";
  engineUrl = "";

  private constructor(private readonly server: Server) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      this.pass(request, response).catch(() => response.destroy());
    });
  }

  static async listen(): Promise<EngineProxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new EngineProxy(server);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, instance = "", path = ""] = /^\/(instance-\w+)(\/.*)$/.exec(request.url ?? "") ?? ["", "", request.url];
    const call = callOf(request.method ?? "", path);
    const tell = async (moment: Moment): Promise<boolean> => {
      const verdict = await this.tap({ call, moment, instance, path });
      if (verdict === "go-on") return true;
      if (verdict === "cut") request.socket.destroy();
      else response.writeHead(verdict.status, { "content-type": "application/json" }).end(verdict.body);
      return false;
    };
    if (!(await tell("arrived"))) return;
    const body = await buffer(request);
    const answer = await this.forward(request, path, body, call === "stream" ? response : null);
    if (call === "stream") {
      if (!(await tell("answered"))) return void answer.destroy();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.once("data", () => void tell("passed"));
      answer.on("error", () => response.destroy());
      answer.pipe(response);
      return;
    }
    const content = await buffer(answer);
    if (!(await tell("answered"))) return;
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    response.end(content, () => void tell("passed"));
  }

  /** @param asker when it goes away, the engine is told so by a closed connection. */
  private async forward(
    { method, headers }: IncomingMessage,
    path: string,
    body: Buffer,
    asker: ServerResponse | null,
  ): Promise<IncomingMessage> {
    const outgoing = httpRequest(new URL(path, this.engineUrl), { method, headers: endToEnd(headers), agent: false });
    asker?.once("close", () => outgoing.destroy());
    outgoing.end(body);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    outgoing.on("error", () => {});
    return answer;
  }
}

function endToEnd(headers: IncomingMessage["headers"]): OutgoingHttpHeaders {
  const { connection: _, "keep-alive": __, "transfer-encoding": ___, host: ____, ...rest } = headers;
  return rest;
}

function callOf(method: string, path: string): Call {
  const plain = path.replace(/\?.*$/, "");
  if (method === "POST" && plain === "/fal-ai/stable-audio-25/inpaint") return "submit";
  if (plain.endsWith("/status/stream")) return "stream";
  if (plain.endsWith("/status")) return "status";
  if (plain.endsWith("/cancel")) return "cancel";
  if (plain.endsWith("/by-endpoint")) return "history";
  if (plain.startsWith("/storage/") || plain.startsWith("/uploads/")) return "storage";
  return /\/requests\/[^/]+$/.test(plain) ? "result" : "other";
}
