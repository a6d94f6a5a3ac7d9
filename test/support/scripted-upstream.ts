import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { EventQueue } from "./event-queue.js";

export interface SeenRequest {
  /** Method and path without the query, as routes are named: "GET /a/b". */
  readonly route: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Tells connections apart. */
  readonly clientPort: number | undefined;
}

/** Answers one request, after its whole body was read. */
export type Reply = (response: ServerResponse, request: SeenRequest) => void;

/** A server whose every answer is written by the test. What is not scripted is 404, as fal answers for unknown ids. */
export class ScriptedUpstream {
  readonly requests: SeenRequest[] = [];
  readonly arrivals = new EventQueue<SeenRequest>();
  private readonly scripts = new Map<string, Reply[]>();

  constructor(readonly url: string) {}

  /** The route's answers, one per request; the last one stays. */
  on(route: string, ...replies: Reply[]): void {
    this.scripts.set(route, replies);
  }

  seen(route: string): SeenRequest[] {
    return this.requests.filter((request) => request.route === route);
  }

  answer(request: SeenRequest, response: ServerResponse): void {
    this.requests.push(request);
    this.arrivals.push(request);
    const replies = this.scripts.get(request.route) ?? [json(404, { status: "NOT_FOUND" })];
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    reply?.(response, request);
  }
}

/** Listens on a free port of the loopback interface; closed when the test ends. */
export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://upstream");
    const body = Buffer.concat(chunks).toString("utf8");
    const route = `${incoming.method} ${pathname}`;
    const clientPort = incoming.socket.remotePort;
    upstream.answer({ route, query: searchParams, headers: incoming.headers, body, clientPort }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const upstream = new ScriptedUpstream(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return upstream;
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return text(status, "application/json", JSON.stringify(body), headers);
}

export function text(
  status: number,
  contentType: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Reply {
  return (response) => {
    response.writeHead(status, { "content-type": contentType, ...headers }).end(body);
  };
}

export function html(status: number): Reply {
  return text(status, "text/html", `<html><body><h1>${status}</h1><hr>nginx</body></html>`);
}

/** The request was read, and then the connection breaks. */
export function reset(): Reply {
  return (response) => {
    response.socket?.resetAndDestroy();
  };
}

/** 200, and then the connection breaks in the middle of the body. */
export function truncated(body: unknown): Reply {
  return (response) => {
    const bytes = JSON.stringify(body);
    response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length });
    response.write(bytes.slice(0, -10), () => response.socket?.destroy());
  };
}

export function redirect(location: string): Reply {
  return (response) => {
    response.writeHead(302, { location }).end();
  };
}

/** JSON of this size, as fast as it is read. */
export function large(bytes: number): Reply {
  return (response) => {
    const block = Buffer.alloc(64 * 1024, "1");
    let left = bytes;
    const write = () => {
      while (left > 0 && !response.destroyed) {
        left -= block.length;
        if (!response.write(block)) {
          response.once("drain", write);
          return;
        }
      }
      response.end();
    };
    response.writeHead(200, { "content-type": "application/json" });
    write();
  };
}

/** No answer ever comes. */
export function silence(): Reply {
  return () => {};
}

/** An event stream that the test drives. */
export class LiveStream {
  readonly opened: Promise<void>;
  /** Resolves when the client has gone. */
  readonly left: Promise<void>;
  readonly reply: Reply;
  private response: ServerResponse | undefined;

  constructor() {
    let markOpened = () => {};
    let markLeft = () => {};
    this.opened = new Promise((resolve) => {
      markOpened = resolve;
    });
    this.left = new Promise((resolve) => {
      markLeft = resolve;
    });
    this.reply = (response) => {
      this.response = response;
      response.on("close", markLeft);
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" }).flushHeaders();
      markOpened();
    };
  }

  send(...statuses: unknown[]): void {
    this.write(Buffer.from(statuses.map(eventText).join("")));
  }

  write(bytes: Buffer): void {
    this.response?.write(bytes);
  }

  /** How much of what was sent the client has not taken yet, beyond what the system's buffers hold. */
  get untakenBytes(): number {
    return this.response?.writableLength ?? 0;
  }

  end(): void {
    this.response?.end();
  }

  reset(): void {
    this.response?.socket?.resetAndDestroy();
  }
}

/** An event stream that says these things and closes. */
export function events(...statuses: unknown[]): Reply {
  return text(200, "text/event-stream", statuses.map(eventText).join(""));
}

export function eventText(status: unknown): string {
  return `data: ${JSON.stringify(status)}\n\n`;
}
