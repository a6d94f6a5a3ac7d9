import { parse } from "graphql";
import { expect, it } from "vitest";
import { createExecute } from "../../src/http/execute-operation.js";
import type { ReadyOperation } from "../../src/http/pipeline.js";
import { buildApiSchema } from "../../src/resolvers/build-schema.js";
import { MemoryServices, NOW } from "./memory-services.js";

const schema = await buildApiSchema();

/** Runs the operation by the reference and compiled, twice each, on the same services. */
async function bothWays(query: string, variables: Record<string, unknown> = {}, services = new MemoryServices()) {
  const document = parse(query);
  const operation = {
    schema,
    document,
    variableValues: variables,
    contextValue: { caller: { id: "anonymous" }, services, requestId: "r" },
    kind: "query",
  } as ReadyOperation;
  const [plain, compiled] = [createExecute(null), createExecute(0)];
  const results = [await plain(operation), await compiled(operation), await compiled(operation)];
  return results.map((result) => JSON.parse(JSON.stringify(result)));
}

function withJob(): { services: MemoryServices; id: string } {
  const services = new MemoryServices();
  const { id } = services.addJob({ startedAt: NOW });
  services.change(id, { logs: ["one", "two"], status: "COMPLETED" });
  return { services, id };
}

it.each([
  [
    "a job whole",
    "query ($id: ID!) { inpaintJob(id: $id) { ...on InpaintJob { id status cursor createdAt input { seed } logs(last: 1) { message level } timeline { event at } } } }",
  ],
  ["an interface", "query ($id: ID!) { node(id: $id) { __typename id ... on InpaintJob { status } } }"],
  [
    "aliases and fragments",
    "query ($id: ID!) { a: inpaintJob(id: $id) { ...F } b: inpaintJob(id: $id) { ...F status } } fragment F on InpaintJob { id logs { sequence } }",
  ],
  [
    "a directive",
    "query ($id: ID!, $no: Boolean = false) { inpaintJob(id: $id) { id ...F @include(if: $no) } } fragment F on InpaintJob { status }",
  ],
  ["the schema", '{ __schema { queryType { name } } __type(name: "InpaintJob") { fields { name } } }'],
])("answers %s the same way compiled", async (_, query) => {
  const { services, id } = withJob();

  const [plain, first, second] = await bothWays(query, { id }, services);

  expect(plain).toHaveProperty("data");
  expect(plain).not.toHaveProperty("errors");
  expect(first).toEqual(plain);
  expect(second).toEqual(plain);
});

it.each([
  [
    "a variable of the wrong type",
    "query ($id: ID!, $last: Int!) { inpaintJob(id: $id) { logs(last: $last) { message } } }",
    { last: "x" },
  ],
  [
    "a variable that is missing",
    "query ($id: ID!, $last: Int!) { inpaintJob(id: $id) { logs(last: $last) { message } } }",
    {},
  ],
])("tells of %s to the letter as the reference does", async (_, query, variables) => {
  const { services, id } = withJob();

  const [plain, first, second] = await bothWays(query, { id, ...variables }, services);

  expect(plain?.errors).toHaveLength(1);
  expect(first).toEqual(plain);
  expect(second).toEqual(plain);
});

it("tells of a field that fails where it is and why, and keeps the rest of the answer", async () => {
  const { services, id } = withJob();
  const query = "query ($id: ID!) { inpaintJob(id: $id) { id } b: inpaintJob(id: $id) { logs(last: -1) { message } } }";

  const [plain, first, second] = await bothWays(query, { id }, services);

  expect(plain?.errors).toHaveLength(1);
  expect(first).toEqual(plain);
  expect(second).toEqual(plain);
});

it("never runs a mutation twice, whatever fails in it", async () => {
  const services = new MemoryServices();
  const execute = createExecute(0);
  const document = parse(
    `mutation { inpaintAudio(input: { prompt: "x", audioUrl: "https://x.test/a.wav" }) { job { id logs(last: -1) { message } } } }`,
  );
  const contextValue = { caller: { id: "anonymous" }, services, requestId: "r" };

  const result = await execute({ schema, document, contextValue, kind: "mutation" } as ReadyOperation);

  expect(result.errors).toHaveLength(1);
  expect(services.submissions).toHaveLength(1);
});
