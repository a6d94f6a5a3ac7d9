import type { RunInputFragment } from "../gql/graphql";

type Input = RunInputFragment["input"];

const MUTATION = `mutation ($input: InpaintAudioInput!) {
  inpaintAudio(input: $input) {
    job { id status }
    userErrors { code field message }
  }
}`;

/** A run's input without what was left out, so that it can be sent again as it was. */
function sendable(input: Input): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([key, value]) => value !== null && key !== "__typename"));
}

/** With the input written out: it runs as it is, in GraphiQL or any client. */
export function asGraphql(input: Input): string {
  const fields = Object.entries(sendable(input)).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`);
  return `mutation {\n  inpaintAudio(input: {\n${fields.join("\n")}\n  }) {\n    job { id status }\n    userErrors { code field message }\n  }\n}\n`;
}

export function asCurl(input: Input, url: string): string {
  const body = JSON.stringify({ query: MUTATION, variables: { input: sendable(input) } }, null, 2);
  return `curl -s ${url} -H 'content-type: application/json' -d '${body.replaceAll("'", "'\\''")}'\n`;
}

export function asNode(input: Input, url: string): string {
  return `const query = \`${MUTATION}\`;
const input = ${JSON.stringify(sendable(input), null, 2)};
const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query, variables: { input } }),
});
console.log(JSON.stringify(await response.json(), null, 2));
`;
}
