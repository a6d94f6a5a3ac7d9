import { describe, expect, it } from "vitest";
import { postBody } from "./clients.js";
import { startTestServer } from "./test-server.js";

/**
 * The 13 checks of graphql-cop (github.com/dolevf/graphql-cop, as of commit 2b7e086), each with the request it sends and
 * what it calls a finding, against the settings for production.
 */
interface Check {
  readonly name: string;
  readonly send: (graphqlUrl: string) => Promise<Response>;
  readonly isFinding: (body: string, answer: Answer) => boolean;
}

interface Answer {
  readonly length?: number;
  readonly data?: Record<string, unknown> & { __schema?: { types?: readonly unknown[] } };
  readonly errors?: readonly { readonly message?: string; readonly extensions?: Record<string, unknown> }[];
  readonly extensions?: Record<string, unknown>;
}

const post = (query: string) => (url: string) => postBody(url, JSON.stringify({ query, operationName: "cop" }));
const get = (query: string) => (url: string) => fetch(`${url}?query=${encodeURIComponent(query)}`);
const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(" ");
const hasTypeName = (_body: string, { data }: Answer) => data?.__typename !== undefined;

const checks: readonly Check[] = [
  {
    name: "Alias Overloading",
    send: post(`query cop { ${times(101, (i) => `alias${i}: __typename`)} }`),
    isFinding: (_body, { data }) => data?.alias100 !== undefined,
  },
  {
    name: "Array-based Query Batching",
    send: (url) => postBody(url, JSON.stringify(Array(10).fill({ query: "query cop { __typename }" }))),
    isFinding: (_body, { length }) => (length ?? 0) >= 10,
  },
  {
    name: "Directive Overloading",
    send: post(`query cop { __typename ${times(10, () => "@aa").replaceAll(" ", "")} }`),
    isFinding: (_body, { errors }) => errors?.length === 10,
  },
  {
    name: "Introspection-based Circular Query",
    send: post(
      "query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }",
    ),
    isFinding: (_body, { data }) => (data?.__schema?.types?.length ?? 0) > 25,
  },
  {
    name: "Field Duplication",
    send: post(`query cop { ${times(500, () => "__typename")} }`),
    isFinding: hasTypeName,
  },
  {
    name: "Introspection",
    send: post("query cop { __schema { types { name fields { name } } } }"),
    isFinding: (_body, { data }) => data?.__schema?.types !== undefined,
  },
  {
    name: "Field Suggestions",
    send: post("query cop { __schema { directive } }"),
    isFinding: (body) => /did you mean/i.test(body),
  },
  { name: "GET Method Query Support", send: get("query cop {__typename}"), isFinding: hasTypeName },
  {
    name: "Mutation is allowed over GET (possible CSRF)",
    send: get("mutation cop {__typename}"),
    isFinding: hasTypeName,
  },
  {
    name: "POST based url-encoded query (possible CSRF)",
    send: (url) => fetch(url, { method: "POST", body: new URLSearchParams({ query: "query cop { __typename }" }) }),
    isFinding: hasTypeName,
  },
  {
    name: "GraphQL IDE",
    send: (url) => fetch(url, { headers: { accept: "text/html" } }),
    isFinding: (body) => /graphiql|playground|apollo sandbox|<html/i.test(body),
  },
  {
    name: "Trace Mode",
    send: post("query cop { __typename }"),
    isFinding: (_body, { extensions }) => extensions?.tracing !== undefined,
  },
  {
    name: "Unhandled Errors Detection",
    send: post("qwerty cop { abc }"),
    isFinding: (_body, { errors }) => errors?.some(({ extensions }) => extensions?.exception !== undefined) ?? false,
  },
];

describe("graphql-cop", () => {
  it("has 13 checks", () => expect(checks).toHaveLength(13));

  it.each(checks)("finds nothing: $name", async ({ send, isFinding }) => {
    const { graphqlUrl } = await startTestServer({ introspection: "off" });
    const response = await send(graphqlUrl);
    const body = await response.text();
    expect(response.status).toBeLessThan(500);
    expect(isFinding(body, JSON.parse(body) as Answer)).toBe(false);
  });

  it("is led to no page for people either", async () => {
    const { graphqlUrl } = await startTestServer({ introspection: "off" });
    const response = await fetch(graphqlUrl, { headers: { accept: "text/html" }, redirect: "manual" });
    expect(response.status).toBe(400);
  });
});
