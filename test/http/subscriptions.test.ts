import { print } from "graphql";
import { describe, expect, it } from "vitest";
import { InpaintProgressDocument } from "../../src/operations/documents.js";
import { connectClient, postOperation, runOverSocket } from "./clients.js";
import { startTestServer } from "./test-server.js";

const query = print(InpaintProgressDocument);
const PROGRESS =
  "subscription ($jobId: ID!, $after: String) { inpaintProgress(jobId: $jobId, after: $after) { cursor snapshot status progress logs { sequence message } job { status cursor } } }";

describe("inpaintProgress", () => {
  it("gives a snapshot, then each update, then completes when the job is finished", async () => {
    const { socketUrl, services } = await startTestServer();
    const { id } = services.addJob();
    services.change(id, { logs: ["queued"] });
    const results = connectClient(socketUrl).iterate({ query: PROGRESS, variables: { jobId: id } });

    const snapshot = await results.next();
    services.change(id, { status: "IN_PROGRESS", progress: 0.5, logs: ["half way"] });
    const update = await results.next();
    services.change(id, { status: "COMPLETED", progress: 1 });
    const last = await results.next();
    const end = await results.next();

    expect([snapshot, update, last].map((result) => result.value?.data?.inpaintProgress)).toEqual([
      {
        cursor: "cursor-1",
        snapshot: true,
        status: "IN_QUEUE",
        progress: null,
        logs: [{ sequence: 1, message: "queued" }],
        job: { status: "IN_QUEUE", cursor: "cursor-1" },
      },
      {
        cursor: "cursor-2",
        snapshot: false,
        status: "IN_PROGRESS",
        progress: 0.5,
        logs: [{ sequence: 2, message: "half way" }],
        job: { status: "IN_PROGRESS", cursor: "cursor-2" },
      },
      {
        cursor: "cursor-3",
        snapshot: false,
        status: "COMPLETED",
        progress: 1,
        logs: [],
        job: { status: "COMPLETED", cursor: "cursor-3" },
      },
    ]);
    expect(end.done).toBe(true);
  });

  it("replays from a cursor, and only completes when nothing came after it", async () => {
    const { socketUrl, services } = await startTestServer();
    const { id } = services.addJob();
    services.change(id, { status: "IN_PROGRESS" });
    services.change(id, { status: "COMPLETED" });
    const client = connectClient(socketUrl);
    const replay = await runOverSocket(client, { query, variables: { jobId: id, after: "cursor-0" } });
    const nothing = await runOverSocket(client, { query, variables: { jobId: id, after: "cursor-2" } });
    expect(replay.map(({ data }) => data?.inpaintProgress)).toMatchObject([
      { cursor: "cursor-1" },
      { cursor: "cursor-2" },
    ]);
    expect(nothing).toEqual([]);
  });

  it.each([
    [{ jobId: "nothing" }, "NOT_FOUND"],
    [{ jobId: "job-1", after: "bogus" }, "BAD_USER_INPUT"],
  ])("ends with an error for %j", async (variables, code) => {
    const { socketUrl, services } = await startTestServer();
    services.addJob();
    const answers = await runOverSocket(connectClient(socketUrl), { query, variables });
    expect(answers).toMatchObject([{ errors: [{ extensions: { code } }] }]);
  });

  it("releases its watcher when the client leaves the operation, or the socket breaks", async () => {
    const { socketUrl, services, close } = await startTestServer();
    const { id } = services.addJob();
    const client = connectClient(socketUrl);
    const left = client.iterate({ query, variables: { jobId: id } });
    const broken = connectClient(socketUrl).iterate({ query, variables: { jobId: id } });
    await Promise.all([left.next(), broken.next()]);
    expect(services.openWatchers).toBe(2);

    await left.return?.();
    // The socket handles messages in order: this answer comes after the operation was left.
    await runOverSocket(client, { query: "{ service { version } }" });
    expect(services.openWatchers).toBe(1);

    const refused = broken.next().catch(() => "closed");
    await close();
    await refused;
    expect(services.openWatchers).toBe(0);
  });

  it("is explained to those who send it over HTTP", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const answer = await postOperation(graphqlUrl, { query, variables: { jobId: services.addJob().id } });
    expect(answer).toMatchObject({
      errors: [{ message: expect.stringContaining("WebSocket"), extensions: { code: "BAD_REQUEST" } }],
    });
  });
});
