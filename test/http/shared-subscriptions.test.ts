import { describe, expect, it } from "vitest";
import type { Caller, Job, LogLine } from "../../src/services/job.js";
import { type Answer, type Credential, connectClient, runOverEvents } from "./clients.js";
import { NOW } from "./memory-services.js";
import { startTestServer } from "./test-server.js";

const WATCH = `subscription Watch($jobId: ID!, $after: String, $last: Int = 1, $withStatus: Boolean! = true) {
  inpaintProgress(jobId: $jobId, after: $after) {
    cursor status @include(if: $withStatus) job { logs(last: $last) { message } }
  }
}`;

/** A server whose lines say who asked for how many, and how often that was asked so far. */
async function startCounting(readLogs?: (caller: Caller) => void) {
  const asked: string[] = [];
  const server = await startTestServer(
    {},
    {
      readLogs: async (caller: Caller, _job: Job, last: number): Promise<readonly LogLine[]> => {
        readLogs?.(caller);
        const who = `${caller.id}/${caller.onlyJobId ?? "all"}/${last}`;
        asked.push(who);
        return [{ sequence: 1, message: who, level: "INFO", source: null, timestamp: NOW }];
      },
    },
  );
  return { ...server, asked };
}

type Watching = AsyncIterableIterator<Answer>;

function watch(
  socketUrl: string,
  variables: Record<string, unknown>,
  credential?: Credential,
  query = WATCH,
): Watching {
  return connectClient(socketUrl, credential).iterate<Record<string, unknown>>({ query, variables }) as Watching;
}

async function answersOf(watching: readonly Watching[]): Promise<Answer[]> {
  return Promise.all(watching.map(async (one) => (await one.next()).value as Answer));
}

const update = (cursor: string, message: string, status = "IN_QUEUE") => ({
  data: { inpaintProgress: { cursor, status, job: { logs: [{ message }] } } },
});

describe("subscriptions that ask the same", () => {
  it("are answered by one execution of each update, also over server-sent events", async () => {
    const { socketUrl, graphqlUrl, services, asked } = await startCounting();
    const { id: jobId } = services.addJob();
    const watching = [watch(socketUrl, { jobId }), watch(socketUrl, { jobId }), watch(socketUrl, { jobId })];
    await answersOf(watching);
    asked.length = 0;

    services.change(jobId, { status: "COMPLETED" });
    const answers = await answersOf(watching);
    const replayed = await runOverEvents(graphqlUrl, { query: WATCH, variables: { jobId, after: "cursor-0" } });

    const expected = update("cursor-1", "anonymous/all/1", "COMPLETED");
    expect([...answers, ...replayed]).toEqual([expected, expected, expected, expected]);
    expect(asked).toEqual(["anonymous/all/1"]);
  });

  it("keep their own places, however far each has come", async () => {
    const { socketUrl, services, asked } = await startCounting();
    const { id: jobId } = services.addJob();
    services.change(jobId, {});
    services.change(jobId, {});
    const behind = watch(socketUrl, { jobId, after: "cursor-0" });
    const ahead = watch(socketUrl, { jobId, after: "cursor-1" });

    const cursors = async (watching: Watching, count: number) => {
      const seen: string[] = [];
      for (let number = 0; number < count; number += 1) {
        const { value } = (await watching.next()) as IteratorResult<{ data: { inpaintProgress: { cursor: string } } }>;
        seen.push(value.data.inpaintProgress.cursor);
      }
      return seen;
    };

    expect(await cursors(ahead, 1)).toEqual(["cursor-2"]);
    expect(await cursors(behind, 2)).toEqual(["cursor-1", "cursor-2"]);
    services.change(jobId, {});
    expect(await Promise.all([cursors(ahead, 1), cursors(behind, 1)])).toEqual([["cursor-3"], ["cursor-3"]]);
    expect(asked).toHaveLength(3);
  });
});

describe("a subscription's answer is no other's", () => {
  it("where a variable below the root field differs, given or left out or null", async () => {
    const { socketUrl, services } = await startCounting();
    const { id: jobId } = services.addJob();
    const watching = [{}, { last: 2 }, { last: 3 }, { withStatus: false }].map((variables) =>
      watch(socketUrl, { jobId, ...variables }),
    );
    const withNull = watch(socketUrl, { jobId, last: null });
    await answersOf([...watching, withNull]);

    services.change(jobId, {});

    const [first, second, third, fourth] = await answersOf(watching);
    expect([first, second, third]).toEqual([1, 2, 3].map((last) => update("cursor-1", `anonymous/all/${last}`)));
    expect(fourth).toEqual({
      data: { inpaintProgress: { cursor: "cursor-1", job: { logs: [{ message: "anonymous/all/1" }] } } },
    });
    expect(await answersOf([withNull])).toMatchObject([{ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] }]);
  });

  it("where the selection or the operation of the document differs", async () => {
    const { socketUrl, services } = await startCounting();
    const { id: jobId } = services.addJob();
    const both =
      "subscription A($jobId: ID!) { a: inpaintProgress(jobId: $jobId) { cursor } } subscription B($jobId: ID!) { b: inpaintProgress(jobId: $jobId) { status } }";
    const run = (operationName: string) =>
      connectClient(socketUrl).iterate({ query: both, operationName, variables: { jobId } }) as Watching;
    const watching = [run("A"), run("B"), watch(socketUrl, { jobId })];
    await answersOf(watching);

    services.change(jobId, {});

    expect(await answersOf(watching)).toEqual([
      { data: { a: { cursor: "cursor-1" } } },
      { data: { b: { status: "IN_QUEUE" } } },
      update("cursor-1", "anonymous/all/1"),
    ]);
  });

  it("where another caller asks, or the holder of another watch token", async () => {
    const { socketUrl, services } = await startCounting();
    const { id: jobId } = services.addJob();
    const callers: Caller[] = [
      { id: "ann" },
      { id: "bob" },
      { id: "ann", onlyJobId: jobId },
      { id: "ann", onlyJobId: "other" },
    ];
    for (const [index, caller] of callers.entries()) services.callers.set(`Bearer ${index}`, caller);
    const watching = callers.map((_, index) => watch(socketUrl, { jobId }, { authorization: `Bearer ${index}` }));
    await answersOf(watching);

    services.change(jobId, {});

    expect(await answersOf(watching)).toEqual(
      callers.map(({ id, onlyJobId }) => update("cursor-1", `${id}/${onlyJobId ?? "all"}/1`)),
    );
  });

  it("where a field fails: each reads its own request id, and the log has all of them", async () => {
    const { socketUrl, services, logs } = await startCounting(() => {
      throw new Error("the disk is on fire");
    });
    const { id: jobId } = services.addJob();
    const watching = [watch(socketUrl, { jobId }), watch(socketUrl, { jobId })];
    await answersOf(watching);
    const before = logs.length;

    services.change(jobId, {});
    const answers = await answersOf(watching);

    const ids = answers.map(({ errors }) => errors?.[0]?.extensions?.requestId);
    expect(new Set(ids).size).toBe(2);
    expect(
      logs
        .slice(before)
        .map(({ requestId }) => requestId)
        .sort(),
    ).toEqual([...ids].sort());
    expect(JSON.stringify(answers)).not.toContain("fire");
    expect(answers).toMatchObject(
      ids.map((id) => ({ errors: [{ message: `Internal server error. Request id: ${id}` }] })),
    );
  });
});
