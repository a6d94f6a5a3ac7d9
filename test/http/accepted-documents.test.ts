import { readFileSync } from "node:fs";
import { type DocumentNode, getIntrospectionQuery, Kind, parse, print, separateOperations, visit } from "graphql";
import { describe, expect, it } from "vitest";
import * as operations from "../../src/operations/documents.js";
import { answerOver, TRANSPORTS } from "./clients.js";
import { startTestServer } from "./test-server.js";

/** What Apollo Client and urql do to every document: they ask for the type's name wherever fields are asked for. */
function withTypeNames(document: DocumentNode): DocumentNode {
  const typeName = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } } as const;
  return visit(document, {
    SelectionSet: {
      leave: (node, _key, parent) => {
        if (parent && "kind" in parent && parent.kind === Kind.OPERATION_DEFINITION) return undefined;
        return { ...node, selections: [...node.selections, typeName] };
      },
    },
  });
}

const ours = Object.entries(operations)
  .filter((entry): entry is [string, DocumentNode] => entry[0].endsWith("Document"))
  .map(([name, document]) => [name, document] as const);

const readmes = [...readFileSync("README.md", "utf8").matchAll(/(?:mutation|subscription|query) \([^"`]*\}/g)].map(
  ([text]) => text.replaceAll("\\$", "$"),
);

/** What the Studio's urql sends: each operation with its fragments. */
const studios = Object.entries(separateOperations(parse(readFileSync("web/src/api/operations.graphql", "utf8"))));

/** As Relay's compiler writes it: node for refetching, connections with all page information, ids and types added. */
const RELAY = `
  query HistoryPaginationQuery($count: Int = 100, $cursor: String, $id: ID!, $withLogs: Boolean!) {
    ...History_jobs_1G22uz
    node(id: $id) { __typename ...Job_job id }
  }
  fragment History_jobs_1G22uz on Query {
    inpaintJobs(first: $count, after: $cursor) {
      edges { node { ...Job_job id __typename } cursor }
      pageInfo { endCursor hasNextPage startCursor hasPreviousPage }
    }
  }
  fragment Job_job on InpaintJob {
    __typename id requestId status submission queuePosition progress billed billableUnits inferenceTime createdAt
    submittedAt startedAt finishedAt cancelRequestedAt cursor
    input { prompt audioUrl secondsTotal guidanceScale maskStart maskEnd numInferenceSteps seed }
    logs(last: 20) @include(if: $withLogs) { sequence message level timestamp }
    output { audio { url contentType fileName fileSize } seed }
    error { code message field upstreamType upstreamStatus retryable }
  }`;

const GRAPHIQL = getIntrospectionQuery({
  descriptions: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  oneOf: true,
});

const documents: [string, string][] = [
  ...ours.map(([name, document]): [string, string] => [`our own ${name}`, print(document)]),
  ...ours.map(([name, document]): [string, string] => [
    `${name} as Apollo Client and urql send it`,
    print(withTypeNames(document)),
  ]),
  ...readmes.map((text, index): [string, string] => [`the README's operation ${index + 1}`, text]),
  ...studios.map(([name, document]): [string, string] => [`the Studio's ${name}`, print(withTypeNames(document))]),
  ["a page of history as Relay sends it", RELAY],
  ["the introspection query", getIntrospectionQuery()],
  ["GraphiQL's introspection query", GRAPHIQL],
  [
    "all log lines of a job, as Apollo Client asks for them",
    '{ inpaintJob(id: "a") { __typename logs(last: 10000) { __typename sequence message level source timestamp } } }',
  ],
];

const REFUSALS = ["QUERY_TOO_COMPLEX", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"];

describe("what clients really send", () => {
  it("includes the operations of the README and the Studio", () => {
    expect(readmes.length).toBeGreaterThanOrEqual(2);
    expect(studios.length).toBeGreaterThanOrEqual(5);
    for (const text of readmes) expect(() => parse(text)).not.toThrow();
  });

  it.each(documents)("passes the limits: %s", async (_name, query) => {
    const server = await startTestServer();
    // Over HTTP alone, where a subscription is told to go elsewhere after all checks: the checks are the same ones.
    const { errors = [] } = await answerOver("HTTP", server, { query });
    expect(errors.filter(({ extensions }) => REFUSALS.includes(String(extensions?.code)))).toEqual([]);
  });

  it("includes introspection over every transport", async () => {
    const server = await startTestServer();
    for (const transport of TRANSPORTS) {
      const { data, errors } = await answerOver(transport, server, { query: GRAPHIQL });
      expect(errors).toBeUndefined();
      expect(data).toHaveProperty("__schema.queryType.name", "Query");
    }
  });
});
