import { describe, expect, it } from "vitest";
import type { Introspection } from "../../src/http/introspection.js";
import { answerOver, type Operation, TRANSPORTS } from "./clients.js";
import { startTestServer } from "./test-server.js";

interface Case {
  readonly name: string;
  readonly operation: Operation;
  readonly introspection?: Introspection;
  readonly code: string;
  readonly message: RegExp;
}

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(" ");
const nested = (levels: number, field: string, inside: string) =>
  `${`${field} { `.repeat(levels)}${inside}${" }".repeat(levels)}`;

const TOO_COMPLEX = "QUERY_TOO_COMPLEX";
const INVALID = "GRAPHQL_VALIDATION_FAILED";

const tooLarge: readonly Case[] = [
  {
    name: "a thousand aliases of one field",
    operation: { query: `{ ${times(300, (i) => `a${i}: service { version }`)} }` },
    code: "GRAPHQL_PARSE_FAILED",
    message: /more that 1000 tokens/,
  },
  {
    name: "a hundred and one aliases of __typename",
    operation: { query: `{ ${times(101, (i) => `a${i}: __typename`)} }` },
    code: TOO_COMPLEX,
    message: /has 101 aliases, more than the 30 allowed/,
  },
  {
    name: "aliases spread over fragments",
    operation: {
      query: `{ ...A ...B } fragment A on Query { ${times(20, (i) => `a${i}: __typename`)} } fragment B on Query { ${times(20, (i) => `b${i}: __typename`)} }`,
    },
    code: TOO_COMPLEX,
    message: /has 40 aliases/,
  },
  {
    name: "one field five hundred times",
    operation: { query: `{ ${times(500, () => "__typename")} }` },
    code: TOO_COMPLEX,
    message: /has 500 fields, more than the 250 allowed/,
  },
  {
    name: "a pile of directives",
    operation: { query: `{ __typename ${times(20, () => "@aa")} }` },
    code: TOO_COMPLEX,
    message: /has 20 directives, more than the 10 allowed/,
  },
  {
    name: "a text full of comments",
    operation: { query: `{ __typename } #${"x".repeat(200_000)}` },
    code: TOO_COMPLEX,
    message: /characters, more than the 100,000 allowed.*variables/,
  },
  {
    name: "a document too deep, also through fragments",
    operation: {
      query: `{ __type(name: "Query") { ...Deep } } fragment Deep on __Type { ${nested(9, "ofType", "...Deeper")} } fragment Deeper on __Type { ${nested(9, "ofType", "name")} }`,
    },
    code: TOO_COMPLEX,
    message: /has 20 levels of fields, more than the 16 allowed/,
  },
  {
    name: "pages within pages",
    operation: { query: "{ inpaintJobs(first: 100) { nodes { logs(last: 10000) { message } } } }" },
    code: TOO_COMPLEX,
    message: /has 1,000,\d+ values to answer, more than the 75,000 allowed.*smaller pages/,
  },
  {
    name: "pages within pages by variables",
    operation: {
      query:
        "query ($first: Int, $last: Int! = 10000) { inpaintJobs(last: $first) { edges { node { logs(last: $last) { message } } } } }",
      variables: { first: 100 },
    },
    code: TOO_COMPLEX,
    message: /values to answer/,
  },
  {
    name: "fragments that double each other",
    operation: {
      query: `{ service { ...F0 } } ${times(40, (i) => `fragment F${i} on Service { ${times(2, () => `...F${i + 1}`)} }`)} fragment F40 on Service { version }`,
    },
    code: TOO_COMPLEX,
    message: /has 1,099,511,627,777 values to answer/,
  },
  {
    name: "the whole schema, over and over",
    operation: { query: `{ ${times(30, (i) => `a${i}: __schema { types { name } }`)} }` },
    code: TOO_COMPLEX,
    message: /150,000 values to answer/,
  },
];

const invalid: readonly Case[] = [
  {
    name: "fragments in a circle",
    operation: { query: "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }" },
    code: INVALID,
    message: /Cannot spread fragment "A" within itself/,
  },
  {
    name: "circular introspection",
    operation: { query: "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }" },
    code: INVALID,
    message: /Maximum introspection depth exceeded/,
  },
  {
    name: "a selection on what has none, very deep",
    operation: { query: `{ service { version { ${nested(300, "a", "a")} } } }` },
    code: TOO_COMPLEX,
    message: /fields, more than/,
  },
];

/** What shows names of the schema to whoever may not see it. */
const curious: readonly Case[] = (["off", "authenticated"] as const).flatMap((introspection): Case[] => [
  {
    name: `__schema, with introspection ${introspection}`,
    operation: { query: "{ __schema { queryType { name } } }" },
    introspection,
    code: INVALID,
    message: /does not show its schema/,
  },
  {
    name: `__type in a fragment, with introspection ${introspection}`,
    operation: { query: 'query { ...A } fragment A on Query { x: __type(name: "InpaintJob") { name } }' },
    introspection,
    code: INVALID,
    message: /does not show its schema/,
  },
  {
    name: `a misspelt field, with introspection ${introspection}`,
    operation: { query: "{ servic { version } }" },
    introspection,
    code: INVALID,
    message: /^Cannot query field "servic" on type "Query"\.$/,
  },
  {
    name: `a misspelt argument, with introspection ${introspection}`,
    operation: { query: "{ inpaintJobs(firs: 1) { totalCount } }" },
    introspection,
    code: INVALID,
    message: /^Unknown argument "firs" on field "Query.inpaintJobs"\.$/,
  },
  {
    name: `a misspelt enum value, with introspection ${introspection}`,
    operation: { query: "{ inpaintJobs(filter: { status: [FAILE] }) { totalCount } }" },
    introspection,
    code: INVALID,
    message: /^Value "FAILE" does not exist in "JobStatus" enum\.$/,
  },
  {
    name: `a misspelt enum value in a variable, with introspection ${introspection}`,
    operation: {
      query: "query ($filter: InpaintJobFilter) { inpaintJobs(filter: $filter) { totalCount } }",
      variables: { filter: { status: ["FAILE"] } },
    },
    introspection,
    code: "BAD_USER_INPUT",
    message: /Value "FAILE" does not exist in "JobStatus" enum\.$/,
  },
  {
    name: `a misspelt field in a variable, with introspection ${introspection}`,
    operation: {
      query: "query ($filter: InpaintJobFilter) { inpaintJobs(filter: $filter) { totalCount } }",
      variables: { filter: { statu: [] } },
    },
    introspection,
    code: "BAD_USER_INPUT",
    message: /Field "statu" is not defined by type "InpaintJobFilter"\.$/,
  },
]);

describe("a hostile operation", () => {
  it.each([...tooLarge, ...invalid, ...curious])(
    "is refused alike on every transport: $name",
    async ({ operation, introspection = "on", code, message }) => {
      const server = await startTestServer({ introspection });
      const answers = [];
      for (const transport of TRANSPORTS) answers.push(await answerOver(transport, server, operation));
      for (const answer of answers) {
        expect(answer).toEqual(answers[0]);
        expect(answer.data).toBeUndefined();
        expect(answer.errors?.[0]).toMatchObject({ message: expect.stringMatching(message), extensions: { code } });
      }
      expect(server.logs).toEqual([]);
    },
  );

  it("is told no more than a handful of its faults, in document and variables alike", async () => {
    const server = await startTestServer();
    const unknownFields = { query: `{ ${times(100, (i) => `x${i}`)} }` };
    const badVariable = {
      query: "query ($filter: InpaintJobFilter) { inpaintJobs(filter: $filter) { totalCount } }",
      variables: { filter: { status: Array(100).fill("X") } },
    };
    for (const transport of TRANSPORTS) {
      expect((await answerOver(transport, server, unknownFields)).errors).toHaveLength(6);
      expect((await answerOver(transport, server, badVariable)).errors).toHaveLength(6);
    }
  });

  it("is refused again when its text is known: variables and callers are looked at each time", async () => {
    const server = await startTestServer();
    const query = "query ($n: Int!) { inpaintJobs(first: 100) { nodes { logs(last: $n) { message } } } }";
    for (const transport of TRANSPORTS) {
      expect((await answerOver(transport, server, { query, variables: { n: 1 } })).errors).toBeUndefined();
      expect((await answerOver(transport, server, { query, variables: { n: 10_000 } })).errors).toHaveLength(1);
    }
  });

  it("is no longer hostile from a caller who is known, with introspection authenticated; a watch token makes nobody known", async () => {
    const server = await startTestServer({ introspection: "authenticated" });
    const { url, services } = server;
    services.callers.set("Bearer known", { id: "key:studio" });
    services.callers.set("Bearer watch", { id: "key:studio", onlyJobId: "job-1" });
    const query = "{ __schema { queryType { name } } }";
    for (const transport of TRANSPORTS) {
      const ask = (authorization: string) => answerOver(transport, server, { query }, { authorization });
      expect(await ask("Bearer known")).toEqual({ data: { __schema: { queryType: { name: "Query" } } } });
      expect(await ask("Bearer watch")).toMatchObject({ errors: [{ extensions: { code: INVALID } }] });
    }
    const refused = await fetch(`${url}/schema.graphql`, { headers: { authorization: "Bearer watch" } });
    expect(refused.status).toBe(404);
    const text = await fetch(`${url}/schema.graphql`, { headers: { authorization: "Bearer known" } });
    expect(text.status).toBe(200);
  });

  it.each(["off", "authenticated"] as const)(
    "finds no schema at /schema.graphql with introspection %s",
    async (introspection) => {
      const { url } = await startTestServer({ introspection });
      const response = await fetch(`${url}/schema.graphql`);
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain("type Query");
    },
  );
});
