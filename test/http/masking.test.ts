import { GraphQLError } from "graphql";
import { describe, expect, it } from "vitest";
import { BadUserInputError, NotFoundError, UnavailableError } from "../../src/errors.js";
import { answerOver, connectClient, type Operation, postOperation, TRANSPORTS, type Transport } from "./clients.js";
import type { MemoryServices } from "./memory-services.js";
import { startTestServer, type TestServer } from "./test-server.js";

interface Case {
  readonly name: string;
  readonly operation: Operation;
  readonly arrange?: (services: MemoryServices) => void;
  readonly code: string;
  /** Null: masked. */
  readonly message: string | RegExp | null;
}

const SECRET = "connect postgres://admin:hunter2@10.0.0.1 /srv/app/store.ts";
const failWith = (error: unknown) => (services: MemoryServices) => {
  services.fault = error;
};

const cases: readonly Case[] = [
  {
    name: "a syntax error",
    operation: { query: "{ service {" },
    code: "GRAPHQL_PARSE_FAILED",
    message: /^Syntax Error/,
  },
  {
    name: "an unknown field",
    operation: { query: "{ servise { version } }" },
    code: "GRAPHQL_VALIDATION_FAILED",
    message: /^Cannot query field "servise"/,
  },
  {
    name: "a literal a scalar refuses",
    operation: {
      query: 'mutation { inpaintAudio(input: { prompt: "a", audioUrl: "b", seed: 1.5 }) { userErrors { code } } }',
    },
    code: "GRAPHQL_VALIDATION_FAILED",
    message: /BigInt must be a whole number/,
  },
  {
    name: "an unknown operation name",
    operation: { query: "query A { service { version } }", operationName: "B" },
    code: "OPERATION_RESOLUTION_FAILURE",
    message: 'Unknown operation named "B".',
  },
  {
    name: "several operations without a name",
    operation: { query: "query A { service { version } } query B { service { version } }" },
    code: "OPERATION_RESOLUTION_FAILURE",
    message: "Must provide operation name if query contains multiple operations.",
  },
  {
    name: "a missing variable",
    operation: { query: "query ($id: ID!) { inpaintJob(id: $id) { id } }" },
    code: "BAD_USER_INPUT",
    message: 'Variable "$id" of required type "ID!" was not provided.',
  },
  {
    name: "a variable of the wrong type",
    operation: {
      query: "query ($first: Int) { inpaintJobs(first: $first) { totalCount } }",
      variables: { first: "ten" },
    },
    code: "BAD_USER_INPUT",
    message: /^Variable "\$first" got invalid value "ten"/,
  },
  {
    name: "a variable a scalar refuses",
    operation: {
      query: "query ($filter: InpaintJobFilter) { inpaintJobs(filter: $filter) { totalCount } }",
      variables: { filter: { createdAfter: "yesterday" } },
    },
    code: "BAD_USER_INPUT",
    message: /createdAfter/,
  },
  {
    name: "null for an argument that has a default",
    operation: {
      query: 'query ($last: Int) { inpaintJob(id: "job-1") { logs(last: $last) { message } } }',
      variables: { last: null },
    },
    arrange: (services) => services.addJob(),
    code: "BAD_USER_INPUT",
    message: 'Argument "last" of non-null type "Int!" must not be null.',
  },
  {
    name: "a page argument out of range",
    operation: { query: "{ inpaintJobs(first: 0) { totalCount } }" },
    code: "BAD_USER_INPUT",
    message: "`first` must be 1 to 100, got 0.",
  },
  {
    name: "a not found thrown by a service",
    operation: { query: "{ service { version } }" },
    arrange: failWith(new NotFoundError("There is no such thing.")),
    code: "NOT_FOUND",
    message: "There is no such thing.",
  },
  {
    name: "an unavailable store",
    operation: { query: "{ inpaintJobs { totalCount } }" },
    arrange: failWith(new UnavailableError("The store does not answer. Try again in a moment.")),
    code: "SERVICE_UNAVAILABLE",
    message: "The store does not answer. Try again in a moment.",
  },
  {
    name: "a bug in a service",
    operation: { query: "{ service { version } }" },
    arrange: failWith(new TypeError(SECRET)),
    code: "INTERNAL_SERVER_ERROR",
    message: null,
  },
  {
    name: "a bug behind a promise",
    operation: { query: '{ inpaintJob(id: "job-1") { id } }' },
    arrange: failWith(new Error(SECRET)),
    code: "INTERNAL_SERVER_ERROR",
    message: null,
  },
  {
    name: "something thrown that is no error",
    operation: { query: "{ service { version } }" },
    arrange: failWith(SECRET),
    code: "INTERNAL_SERVER_ERROR",
    message: null,
  },
  {
    name: "a GraphQLError thrown with a code and extensions",
    operation: { query: "{ service { version } }" },
    arrange: failWith(new GraphQLError(SECRET, { extensions: { code: "BAD_USER_INPUT", secret: SECRET } })),
    code: "INTERNAL_SERVER_ERROR",
    message: null,
  },
  {
    name: "a value a scalar cannot write",
    operation: { query: '{ inpaintJob(id: "job-1") { output { seed } } }' },
    arrange: (services) => {
      const audio = { url: "", contentType: null, fileName: null, fileSize: null, fileData: null };
      services.addJob({ output: { audio, seed: SECRET as unknown as bigint } });
    },
    code: "INTERNAL_SERVER_ERROR",
    message: null,
  },
  {
    name: "a null where the schema promises a value",
    operation: { query: '{ inpaintJob(id: "job-1") { status } }' },
    arrange: (services) => services.addJob({ status: null as unknown as "FAILED" }),
    code: "INTERNAL_SERVER_ERROR",
    message: null,
  },
];

const REQUEST_ID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;
const withoutRequestId = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll(REQUEST_ID, "ID"));

async function runCase(server: TestServer, transport: Transport, { operation, arrange }: Case) {
  arrange?.(server.services);
  return (await answerOver(transport, server, operation)).errors;
}

describe.each(TRANSPORTS)("errors over %s", (transport) => {
  it.each(cases)("show $code for $name", async (testCase) => {
    const server = await startTestServer();
    const errors = await runCase(server, transport, testCase);
    expect(errors).toHaveLength(1);
    const { message, extensions } = errors?.[0] ?? {};
    expect(extensions?.code).toBe(testCase.code);
    expect(JSON.stringify(errors)).not.toMatch(/hunter2|stack|node_modules/);

    if (testCase.message === null) {
      expect(message).toBe(`Internal server error. Request id: ${extensions?.requestId}`);
      expect(server.logs).toHaveLength(1);
      expect(server.logs[0]).toMatchObject({ level: 50, requestId: extensions?.requestId });
    } else {
      expect(message).toMatch(testCase.message);
      expect(Object.keys(extensions ?? {})).toEqual(["code"]);
      expect(server.logs).toEqual([]);
    }
  });
});

describe("errors", () => {
  it.each(cases)("are the same on all transports for $name", async (testCase) => {
    const [overHttp, ...others] = await Promise.all(
      TRANSPORTS.map(async (transport) => runCase(await startTestServer(), transport, testCase)),
    );
    for (const other of others) expect(withoutRequestId(other)).toEqual(withoutRequestId(overHttp));
  });

  it("of one answer share one request id", async () => {
    const { graphqlUrl, services, logs } = await startTestServer();
    services.addJob({ status: null as unknown as "FAILED" });
    const query = '{ a: inpaintJob(id: "job-1") { status } b: inpaintJob(id: "job-1") { status } }';
    const { errors } = await postOperation(graphqlUrl, { query });
    const ids = errors?.map((error) => error.extensions?.requestId);
    expect(new Set(ids).size).toBe(1);
    expect(logs.map((entry) => entry.requestId)).toEqual(ids);
  });

  it.each([
    ["an update that fails", new Error(SECRET), "INTERNAL_SERVER_ERROR", /^Internal server error\. Request id: /],
    ["a store that goes away", new UnavailableError("Try again."), "SERVICE_UNAVAILABLE", /^Try again\.$/],
    ["a cursor that went bad", new BadUserInputError("Unknown cursor."), "BAD_USER_INPUT", /^Unknown cursor\.$/],
  ])("end a subscription: %s", async (_name, fault, code, message) => {
    const { socketUrl, services, logs } = await startTestServer();
    const { id } = services.addJob();
    const query = `subscription { inpaintProgress(jobId: "${id}") { snapshot } }`;
    const answers = connectClient(socketUrl).iterate({ query });
    await answers.next();
    services.failWatchers(id, fault);
    const errors = await answers.next().catch((error: unknown) => error);
    expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code } }]);
    expect(JSON.stringify(errors)).not.toContain("hunter2");
    expect(logs.length).toBe(code === "INTERNAL_SERVER_ERROR" ? 1 : 0);
  });

  it("that quote what was sent quote no more than a little of it", async () => {
    const { graphqlUrl } = await startTestServer();
    const { errors } = await postOperation(graphqlUrl, {
      query: "query ($first: Int) { inpaintJobs(first: $first) { totalCount } }",
      variables: { first: "x".repeat(1_000_000) },
    });
    expect(errors?.[0]?.message.length).toBeLessThan(1_100);
  });
});
