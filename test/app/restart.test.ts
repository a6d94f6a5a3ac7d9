import { describe, expect, it } from "vitest";
import { InpaintJobsDocument } from "../../src/operations/documents.js";
import { freePort } from "../support/free-port.js";
import { startTestApp } from "../support/start-test-app.js";
import type { Update } from "../support/test-client.js";
import { dataUri, makeWav } from "../support/wav-fixture.js";

const LONG_CLIP = { audioUrl: dataUri(makeWav({ seconds: 100, sampleRate: 16_000 })), maskStart: 20, maskEnd: 80 };

describe("a restart on the same folder", () => {
  it("keeps jobs, logs, keys and results", async () => {
    const PORT = String(await freePort());
    const before = await startTestApp({ PORT });
    const { id } = await before.submit({}, { idempotencyKey: "k" });
    const updates = await before.follow(id);
    const url = updates.at(-1)?.job.output?.audio.url ?? "";
    const bytes = await (await fetch(url)).arrayBuffer();
    await before.close();

    const after = await startTestApp({ PORT, DATA_DIR: before.folder });

    const [snapshot] = await after.follow(id);
    expect(snapshot?.job).toEqual(updates.at(-1)?.job);
    expect(snapshot?.logs).toEqual(updates.flatMap(({ logs }) => logs));
    expect(await after.follow(id, updates.at(-1)?.cursor)).toEqual([]);
    expect((await after.submit({}, { idempotencyKey: "k" })).id).toBe(id);
    expect((await after.run(InpaintJobsDocument, {})).inpaintJobs.nodes).toHaveLength(1);
    const again = await fetch(url);
    expect(Buffer.from(await again.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
  });

  it("takes up a running and a waiting job, and watchers go on where they were", async () => {
    const before = await startTestApp({ MAX_UPSTREAM_JOBS: "1" });
    const running = await before.submit(LONG_CLIP);
    const waiting = await before.submit();
    const seen: Update[] = [];
    for await (const update of before.watch(running.id)) {
      seen.push(update);
      if (update.status === "IN_PROGRESS" && update.logs.length > 0) break;
    }
    await before.close();

    const after = await startTestApp({ DATA_DIR: before.folder, MAX_UPSTREAM_JOBS: "1" });
    const rest = await after.follow(running.id, seen.at(-1)?.cursor);
    const other = await after.follow(waiting.id);

    expect(rest.at(-1)).toMatchObject({ status: "COMPLETED", job: { requestId: seen.at(-1)?.job.requestId } });
    const lines = [...seen, ...rest].flatMap(({ logs }) => logs.map(({ sequence }) => sequence));
    expect(lines).toEqual(lines.map((_, index) => index + 1));
    expect(other.at(-1)?.status).toBe("COMPLETED");
  });
});

describe("closing", () => {
  it("sends watchers away instead of telling them that the job is done", async () => {
    const app = await startTestApp();
    const { id } = await app.submit(LONG_CLIP);
    const watching = app.watch(id);
    await watching.next();

    const rest = (async () => {
      for await (const _ of watching);
    })();
    await Promise.all([app.close(), expect(rest).rejects.toMatchObject({ code: 1001 })]);
  });

  it("is done for everybody who asks when it is done", async () => {
    const app = await startTestApp();
    await Promise.all([app.close(), app.close()]);

    // The folder is free and nobody listens any more.
    await expect(fetch(app.url)).rejects.toThrow();
    await startTestApp({ DATA_DIR: app.folder });
  });
});

describe("what can't be started", () => {
  it("says that the port is in use, and leaves the folder free", async () => {
    const first = await startTestApp();
    const { port } = new URL(first.url);
    const other = await startTestApp();
    await other.close();

    await expect(startTestApp({ PORT: port, DATA_DIR: other.folder })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is already in use. Stop what uses it, or set PORT to another one (0: any free port).`,
    );

    await startTestApp({ DATA_DIR: other.folder });
  });

  it("says that the folder is in use", async () => {
    const { folder } = await startTestApp();

    await expect(startTestApp({ DATA_DIR: folder })).rejects.toThrow(/in use by another Punchin process/);
  });

  it("says that it can't listen on a host that is not its own", async () => {
    await expect(startTestApp({ HOST: "192.0.2.1" })).rejects.toThrow(
      /Can't listen on 192\.0\.2\.1:0 .*Check HOST and PORT/,
    );
  });
});
