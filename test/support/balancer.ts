import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const LOOK_EVERY_MS = 50;

/**
 * A load balancer as simple as they get: whatever comes goes to the next server whose /readyz last said 200. It repeats
 * nothing: a server that refuses or drops a request makes the client see it.
 */
export class Balancer {
  url = "";
  private readonly ready = new Set<string>();
  private readonly server = createServer((request, response) => this.pass(request, response));
  private readonly sockets = new Set<Socket>();
  private closed = false;
  private turn = 0;

  private constructor(private readonly servers: readonly string[]) {
    this.server.on("upgrade", (request: IncomingMessage, client: Socket, head: Buffer) =>
      this.passSocket(request, client, head),
    );
  }

  /** @param servers their URLs, whether they are up by now or not. */
  static async listen(servers: readonly string[]): Promise<Balancer> {
    const balancer = new Balancer(servers);
    balancer.server.listen(0, "127.0.0.1");
    await once(balancer.server, "listening");
    balancer.url = `http://127.0.0.1:${(balancer.server.address() as AddressInfo).port}`;
    for (const server of servers) void balancer.look(server);
    return balancer;
  }

  isReady(server: string): boolean {
    return this.ready.has(server);
  }

  close(): void {
    this.closed = true;
    this.server.closeAllConnections();
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private async look(server: string): Promise<void> {
    while (!this.closed) {
      const status = await fetch(`${server}/readyz`).then(
        (response) => response.status,
        () => 0,
      );
      if (status === 200) this.ready.add(server);
      else this.ready.delete(server);
      await delay(LOOK_EVERY_MS);
    }
  }

  private next(): URL | null {
    const ready = this.servers.filter((server) => this.ready.has(server));
    const server = ready[this.turn++ % ready.length];
    return server === undefined ? null : new URL(server);
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    const server = this.next();
    if (server === null) return void response.writeHead(502).end();
    const { method, headers, url = "/" } = request;
    const passed = httpRequest(new URL(url, server), { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("error", () => response.destroy());
      answer.pipe(response);
    });
    passed.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    request.pipe(passed);
  }

  private passSocket({ method, url, rawHeaders }: IncomingMessage, client: Socket, head: Buffer): void {
    const server = this.next();
    if (server === null) return void client.destroy();
    const upstream = connect(Number(server.port), server.hostname);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(one);
      one.on("error", () => other.destroy());
      one.once("close", () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
    const headers = Array.from(
      { length: rawHeaders.length / 2 },
      (_, i) => `${rawHeaders[2 * i]}: ${rawHeaders[2 * i + 1]}`,
    );
    upstream.write([`${method} ${url} HTTP/1.1`, ...headers, "", ""].join("\r\n"));
    upstream.write(head);
    upstream.pipe(client);
    client.pipe(upstream);
  }
}
