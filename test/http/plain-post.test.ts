import { request } from "undici";
import { expect, it } from "vitest";
import { startTestServer } from "./test-server.js";

const ACCEPTED = [
  undefined,
  "*/*",
  "application/json",
  "application/graphql-response+json",
  "application/graphql-response+json,application/json;q=0.9",
  "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed",
];

const BODIES: Record<string, object> = {
  "a query": { query: "{ service { version } }" },
  variables: { query: "query A($id: ID!) { inpaintJob(id: $id) { id } }", variables: { id: "nobody's" } },
  nulls: { query: "{ __typename }", operationName: null, variables: null },
  "a chosen operation": { query: "query A { __typename } query B { service { version } }", operationName: "B" },
  "an operation that is not there": { query: "query A { __typename }", operationName: "B" },
  "a fault of the caller": {
    query: "mutation ($input: InpaintAudioInput!) { inpaintAudio(input: $input) { userErrors { code } } }",
    variables: { input: { prompt: "", audioUrl: "https://files.example/a.wav", maskStart: 2, maskEnd: 2 } },
  },
  "a syntax error": { query: "{ service { " },
  "an unknown field": { query: "{ nothing }" },
  "a variable that is missing": { query: "query A($id: ID!) { inpaintJob(id: $id) { id } }" },
  "a subscription": { query: 'subscription { inpaintProgress(jobId: "a") { cursor } }' },
};

/** What the client sees. Node's own fetch adds an Accept, so the request is written by undici. */
async function ask(url: string, body: object, accept: string | undefined) {
  const response = await request(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(accept !== undefined && { accept }) },
    body: JSON.stringify(body),
  });
  const { date: _date, ...headers } = response.headers;
  const text = (await response.body.text()).replace(/"requestId":"[^"]*"/g, '"requestId":"…"');
  return { status: response.statusCode, headers, text };
}

it.each(Object.entries(BODIES))("answers %s as Apollo's envelope does, whatever is accepted", async (_name, body) => {
  const { graphqlUrl } = await startTestServer();
  for (const accept of ACCEPTED) {
    // Extensions are none of a plain request.
    expect(await ask(graphqlUrl, body, accept)).toEqual(await ask(graphqlUrl, { ...body, extensions: {} }, accept));
  }
});

it.each([
  ["an empty query", { query: "" }],
  ["a query that is no text", { query: { kind: "Document" } }],
  ["variables that are text", { query: "{ __typename }", variables: "{}" }],
  ["variables that are a list", { query: "{ __typename }", variables: [] }],
  ["a name that is no text", { query: "{ __typename }", operationName: 7 }],
])("leaves %s to the envelope, which refuses it", async (_name, body) => {
  const { graphqlUrl } = await startTestServer();
  expect(await ask(graphqlUrl, body, undefined)).toMatchObject({
    status: 400,
    text: expect.stringContaining('"BAD_REQUEST"'),
  });
});
