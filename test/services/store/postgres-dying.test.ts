import { createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { StoreUnavailableError } from "../../../src/services/store/database.js";
import { openPostgres } from "../../../src/services/store/postgres.js";
import { guardedLogger } from "../../support/log-guard.js";

/** A message of PostgreSQL's protocol, version 3: type, length, content. */
function message(type: string, content: Buffer | string = ""): Buffer {
  const body = Buffer.from(content);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const WELCOME = Buffer.concat([message("R", Buffer.alloc(4)), message("Z", "I")]);
const DONE = Buffer.concat([message("C", "SELECT 1\0"), message("Z", "I")]);
const DYING = message("E", "SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0");

/** Serves one query, and from then on welcomes each connection with its end, all in one packet. */
async function startDyingServer(): Promise<string> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    connections += 1;
    const welcome = connections === 1 ? WELCOME : Buffer.concat([WELCOME, DYING]);
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(welcome);
      socket.once("data", () => socket.end(DONE));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `postgres://any@127.0.0.1:${typeof address === "object" ? address?.port : ""}/any`;
}

it("a server that dies while it welcomes a connection is trouble that passes, and does not end the process", async () => {
  const database = await openPostgres(await startDyingServer(), guardedLogger);
  onTestFinished(() => database.close());

  for (let attempt = 0; attempt < 3; attempt++) {
    await expect(database.transaction((query) => query("SELECT 1"))).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(database.query("SELECT 1")).rejects.toBeInstanceOf(StoreUnavailableError);
  }
});
