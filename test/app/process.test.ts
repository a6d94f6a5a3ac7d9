import { once } from "node:events";
import { readdir, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.js";
import { MAIN, startProcess } from "../support/start-process.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { connectTo } from "../support/test-client.js";
import { dataUri, makeWav } from "../support/wav-fixture.js";

function urlIn(line: string): string {
  return /http:\/\/\S+(?=\/graphql)/.exec(line)?.[0] ?? "";
}

describe("the process", () => {
  it("prints one line, serves, and exits 0 when it is told to stop", async () => {
    const DATA_DIR = await temporaryFolder();
    const server = startProcess({ DATA_DIR });
    const line = await server.started;
    expect((await fetch(`${urlIn(line)}/healthz`)).status).toBe(200);

    server.kill("SIGTERM");

    expect(await server.ended).toBe(0);
    expect(server.stdout).toEqual([expect.stringContaining("embedded engine")]);
    expect(line).toContain(DATA_DIR);
  });

  it("logs JSON lines to standard error, all of them by the time it exits", async () => {
    const server = startProcess({ DATA_DIR: await temporaryFolder() });
    const client = connectTo(urlIn(await server.started));
    const { id } = await client.submit();
    await client.follow(id);
    server.kill("SIGTERM");
    await server.ended;

    const lines = server.stderr.map((line) => JSON.parse(line));
    expect(lines.filter(({ event }) => event === "finished")).toMatchObject([{ jobId: id, status: "COMPLETED" }]);
  });

  it("says where the engine's fault switches answer, with ENGINE_CONTROL=1 alone", async () => {
    const server = startProcess({ DATA_DIR: await temporaryFolder(), ENGINE_CONTROL: "1" });
    await server.started;
    await expect.poll(() => server.stderr.join("\n")).toContain("fault switches answer");
    const switches = server.stderr.map((line) => JSON.parse(line)).find(({ engineUrl }) => engineUrl !== undefined);
    expect(await (await fetch(`${switches.engineUrl}/control/faults`)).json()).toEqual({ faults: [] });

    const plain = startProcess({ DATA_DIR: await temporaryFolder() });
    await plain.started;
    expect(plain.stderr.join()).not.toContain("fault switches");
  });

  it.skipIf(process.platform === "win32")("keeps what it writes to its owner", async () => {
    const DATA_DIR = join(await temporaryFolder(), "made", "by", "it");
    const server = startProcess({ DATA_DIR });
    const app = connectTo(urlIn(await server.started));
    await app.follow((await app.submit()).id);

    const names = ["", ...(await readdir(DATA_DIR, { recursive: true }))];
    const shared = await Promise.all(
      names.map(async (name) => (((await stat(join(DATA_DIR, name))).mode & 0o077) === 0 ? [] : [name])),
    );

    expect(names).toEqual(expect.arrayContaining(["punchin.sqlite", join("engine", "files")]));
    expect(shared.flat()).toEqual([]);
  });

  it.each([
    ["SIGINT", "SIGTERM"],
    ["SIGTERM", "SIGTERM"],
    ["SIGINT", "SIGINT"],
  ] as const)("closes in peace when it is told twice: %s, %s", async (first, second) => {
    const server = startProcess({ DATA_DIR: await temporaryFolder(), SHUTDOWN_NOTICE_SECONDS: "1" });
    const url = urlIn(await server.started);

    server.kill(first);
    if (first === "SIGTERM") await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(503);
    server.kill(second);

    expect(await server.ended).toBe(0);
  });

  it.each(["SIGINT", "SIGTERM"])("told to stop while it starts, it serves nobody and exits 0: %s", async (signal) => {
    // As soon as somebody asks for the signal.
    const hook = `process.on("newListener", (name) => name === "${signal}" && setImmediate(() => process.kill(process.pid, name)))`;
    const server = startProcess({ DATA_DIR: await temporaryFolder() }, [
      "--import",
      `data:text/javascript,${encodeURIComponent(hook)}`,
      MAIN,
    ]);

    expect(await server.ended).toBe(0);
    expect(server.stdout).toEqual([]);
  });

  it("told to stop while its database does not answer, it goes within its grace", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const asked = once(silent, "connection") as Promise<[Socket]>;
    const server = startProcess({
      DATABASE_URL: `postgres://me:secret@127.0.0.1:${(silent.address() as AddressInfo).port}/jobs`,
      ENGINE_URL: "http://127.0.0.1:9",
      SHUTDOWN_GRACE_SECONDS: "1",
    });
    const [socket] = await asked;

    server.kill("SIGTERM");

    expect(await server.ended).toBe(1);
    expect(server.stderr.at(-1)).toMatch(/Stopping took too long/);
    socket.destroy();
    silent.close();
  });

  it("exits 1 in one sentence when its database can't be reached", async () => {
    const DATABASE_URL = `postgres://me:s3cret@127.0.0.1:${await freePort()}/jobs`;
    const server = startProcess({ DATABASE_URL, ENGINE_URL: "http://127.0.0.1:9" });

    expect(await server.ended).toBe(1);
    expect(server.stderr).toEqual([expect.stringMatching(/PostgreSQL can't be reached .* Check DATABASE_URL/)]);
    expect(server.stderr.join()).not.toContain("s3cret");
  });

  it("never prints the key", async () => {
    const server = startProcess({
      DATA_DIR: await temporaryFolder(),
      FAL_KEY: "key-id:v3ry-s3cret",
      LOG_LEVEL: "trace",
    });
    const line = await server.started;
    await fetch(`${urlIn(line)}/readyz`);
    server.kill("SIGTERM");

    expect(await server.ended).toBe(0);
    expect(line).toContain("fal.ai");
    expect([...server.stdout, ...server.stderr].join("\n")).not.toMatch(/key-id|v3ry-s3cret/);
  });

  it("exits 1 with every problem of its settings, and starts nothing", async () => {
    const server = startProcess({
      PORT: "none",
      LOG_LEVEL: "loud",
      FAL_KEY: "v3ry-s3cret",
      DATABASE_URL: "mysql://x",
    });

    expect(await server.ended).toBe(1);
    expect(server.stdout).toEqual([]);
    const problems = server.stderr.join("\n");
    for (const name of ["PORT", "LOG_LEVEL", "FAL_KEY", "DATABASE_URL"]) expect(problems).toContain(`  ${name}: `);
    expect(problems).not.toMatch(/v3ry-s3cret| at .*\.js/);
  });

  it("exits 1 in one sentence when the folder can't be written or the port is taken", async () => {
    const file = join(await temporaryFolder(), "file");
    await writeFile(file, "");
    const first = startProcess({ DATA_DIR: await temporaryFolder() });
    const { port } = new URL(urlIn(await first.started));

    const unwritable = startProcess({ DATA_DIR: join(file, "data") });
    const second = startProcess({ DATA_DIR: await temporaryFolder(), PORT: port });

    expect(await Promise.all([unwritable.ended, second.ended])).toEqual([1, 1]);
    expect(unwritable.stderr).toEqual([expect.stringMatching(/can't be written .* Set DATA_DIR/)]);
    expect(second.stderr).toEqual([expect.stringMatching(/Port \d+ on 127\.0\.0\.1 is already in use/)]);
  });

  it("has nothing left to keep it alive once it is closed", async () => {
    const app = fileURLToPath(new URL("../../dist/app.js", import.meta.url));
    const config = fileURLToPath(new URL("../../dist/config.js", import.meta.url));
    const program = `const { startApp } = await import(${JSON.stringify(app)});
      const { loadConfig } = await import(${JSON.stringify(config)});
      const app = await startApp(loadConfig(process.env));
      await fetch(app.url + "/readyz");
      await app.close();
      console.log("closed", process.getActiveResourcesInfo().join());`;
    const server = startProcess({ DATA_DIR: await temporaryFolder() }, ["--input-type=module", "-e", program]);

    expect(await server.ended).toBe(0);
    expect(await server.started).toMatch(/^closed/);
  });

  it("killed in the middle of a job, finishes it after the next start without sending it again", async () => {
    const environment = { DATA_DIR: await temporaryFolder(), PORT: String(await freePort()), LOG_LEVEL: "silent" };
    const first = startProcess(environment);
    const client = connectTo(urlIn(await first.started));
    const audioUrl = dataUri(makeWav({ seconds: 100, sampleRate: 16_000 }));
    const { id } = await client.submit({ audioUrl, maskStart: 20, maskEnd: 80 });
    let requestId: string | null = null;
    for await (const { status, job } of client.watch(id)) {
      requestId = job.requestId;
      if (status === "IN_PROGRESS") break;
    }
    first.kill("SIGKILL");
    expect(await first.ended).toBe("SIGKILL");

    await startProcess(environment).started;
    const end = (await client.follow(id)).at(-1);

    expect(end).toMatchObject({ status: "COMPLETED", job: { requestId } });
    expect((await fetch(end?.job.output?.audio.url ?? "")).status).toBe(200);
  });
});
