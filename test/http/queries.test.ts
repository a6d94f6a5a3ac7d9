import { describe, expect, it } from "vitest";
import { postOperation } from "./clients.js";
import { NOW } from "./memory-services.js";
import { startTestServer } from "./test-server.js";

describe("queries", () => {
  it("show a job with dates, big integers, logs and cursor", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const job = services.addJob({ startedAt: NOW });
    services.change(job.id, { logs: ["one", "two", "three"] });
    services.change(job.id, {
      status: "COMPLETED",
      output: {
        audio: {
          url: "https://files.test/out.wav",
          contentType: "audio/wav",
          fileName: null,
          fileSize: 1024,
          fileData: null,
        },
        seed: 18_446_744_073_709_551_615n,
      },
    });

    const answer = await postOperation(graphqlUrl, {
      query: `query ($id: ID!) {
        inpaintJob(id: $id) {
          id status startedAt finishedAt cursor
          input { seed maskEnd }
          output { seed audio { url fileSize fileName } }
          logs(last: 2) { sequence message level timestamp }
          none: logs(last: 0) { message }
          timeline { at event detail }
        }
      }`,
      variables: { id: job.id },
    });

    const timestamp = "2026-11-22T12:00:00.000Z";
    expect(answer).toEqual({
      data: {
        inpaintJob: {
          id: job.id,
          status: "COMPLETED",
          startedAt: timestamp,
          finishedAt: null,
          cursor: "cursor-2",
          input: { seed: 7, maskEnd: 40 },
          output: {
            seed: "18446744073709551615",
            audio: { url: "https://files.test/out.wav", fileSize: 1024, fileName: null },
          },
          logs: [
            { sequence: 2, message: "two", level: "INFO", timestamp },
            { sequence: 3, message: "three", level: "INFO", timestamp },
          ],
          none: [],
          timeline: [{ at: timestamp, event: "accepted", detail: null }],
        },
      },
    });
  });

  it.each([-1, 10_001])("refuse logs(last: %d)", async (last) => {
    const { graphqlUrl, services } = await startTestServer();
    const query = `query ($id: ID!, $last: Int!) { inpaintJob(id: $id) { logs(last: $last) { message } } }`;
    const answer = await postOperation(graphqlUrl, { query, variables: { id: services.addJob().id, last } });
    expect(answer.errors).toMatchObject([
      {
        message: `\`last\` must be 0 to 10000, got ${last}.`,
        path: ["inpaintJob", "logs"],
        extensions: { code: "BAD_USER_INPUT" },
      },
    ]);
  });

  it("find a job as a node, and answer null for unknown ids", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const variables = { id: services.addJob().id };
    const query = `query ($id: ID!) {
      node(id: $id) { __typename id ... on InpaintJob { status } }
      unknownNode: node(id: "nothing") { id }
      unknownJob: inpaintJob(id: "nothing") { id }
    }`;
    expect(await postOperation(graphqlUrl, { query, variables })).toEqual({
      data: {
        node: { __typename: "InpaintJob", id: variables.id, status: "IN_QUEUE" },
        unknownNode: null,
        unknownJob: null,
      },
    });
  });

  it("list jobs a page at a time, the first 20 unless told otherwise", async () => {
    const { graphqlUrl, services } = await startTestServer();
    services.addJob();
    services.addJob();
    const query = `{ inpaintJobs { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const answer = await postOperation(graphqlUrl, { query });
    expect(answer.data).toEqual({
      inpaintJobs: {
        edges: [
          { cursor: "edge-job-2", node: { id: "job-2" } },
          { cursor: "edge-job-1", node: { id: "job-1" } },
        ],
        nodes: [{ id: "job-2" }, { id: "job-1" }],
        pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: "edge-job-2", endCursor: "edge-job-1" },
      },
    });
    const filter = { status: null, requestId: null, createdAfter: null, createdBefore: null };
    expect(services.pages).toEqual([{ first: 20, after: null, last: null, before: null, filter }]);
  });

  it("pass page arguments and filter on, inline and as variables alike", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const inline = `{ inpaintJobs(last: 5, before: "edge-x", filter: {
      status: [FAILED, CANCELLED], requestId: "r", createdAfter: "2026-11-22T12:00:00Z", createdBefore: "2026-11-22T13:00:00+01:00"
    }) { totalCount } }`;
    const withVariables = `query ($filter: InpaintJobFilter) { inpaintJobs(last: 5, before: "edge-x", filter: $filter) { totalCount } }`;
    const filter = {
      status: ["FAILED", "CANCELLED"],
      requestId: "r",
      createdAfter: "2026-11-22T12:00:00Z",
      createdBefore: "2026-11-22T12:00:00Z",
    };
    await postOperation(graphqlUrl, { query: inline });
    await postOperation(graphqlUrl, { query: withVariables, variables: { filter } });
    const expected = {
      first: null,
      after: null,
      last: 5,
      before: "edge-x",
      filter: { status: ["FAILED", "CANCELLED"], requestId: "r", createdAfter: NOW, createdBefore: NOW },
    };
    expect(services.pages).toStrictEqual([expected, expected]);
  });

  it("count jobs only when asked for totalCount", async () => {
    const { graphqlUrl, services } = await startTestServer();
    services.addJob();
    await postOperation(graphqlUrl, { query: "{ inpaintJobs(first: 1) { nodes { id } } }" });
    expect(services.countCalls).toBe(0);
    const answer = await postOperation(graphqlUrl, { query: "{ inpaintJobs(first: 1) { totalCount } }" });
    expect(answer.data).toEqual({ inpaintJobs: { totalCount: 1 } });
    expect(services.countCalls).toBe(1);
  });

  it.each([
    ["first: 1, last: 1", "Give `first` or `last`, not both."],
    ["first: 0", "`first` must be 1 to 100, got 0."],
    ["first: 101", "`first` must be 1 to 100, got 101."],
    ["last: -1", "`last` must be 1 to 100, got -1."],
    ['after: "bogus"', "The cursor in `after` is not one of this server's."],
  ])("refuse inpaintJobs(%s)", async (given, message) => {
    const { graphqlUrl } = await startTestServer();
    const answer = await postOperation(graphqlUrl, { query: `{ inpaintJobs(${given}) { totalCount } }` });
    expect(answer.errors).toMatchObject([{ message, path: ["inpaintJobs"], extensions: { code: "BAD_USER_INPUT" } }]);
  });

  it("say what the server is and how its engine does", async () => {
    const { graphqlUrl, services } = await startTestServer();
    services.engine = { kind: "FAL", status: "PAUSED", message: "The engine refused the key." };
    const answer = await postOperation(graphqlUrl, {
      query: "{ service { version model engine engineStatus engineMessage } }",
    });
    expect(answer.data).toEqual({
      service: {
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        model: "fal-ai/stable-audio-25/inpaint",
        engine: "FAL",
        engineStatus: "PAUSED",
        engineMessage: "The engine refused the key.",
      },
    });
  });
});
