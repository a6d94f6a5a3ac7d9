import { type AuditResult, serverAudits } from "graphql-http";
import { describe, expect, it } from "vitest";
import { startTestServer } from "./test-server.js";

/** The header tells the CSRF prevention that the request does not come from a foreign page's form. */
const fetchAsOwnClient: typeof fetch = (url, init) => {
  const headers = new Headers(init?.headers);
  headers.set("apollo-require-preflight", "1");
  return fetch(url, { ...init, headers });
};

describe("the GraphQL-over-HTTP audits", () => {
  it("pass, all 61", async () => {
    const { graphqlUrl } = await startTestServer();
    const audits = serverAudits({ url: graphqlUrl, fetchFn: fetchAsOwnClient });
    const results = await Promise.all(audits.map(async (audit): Promise<AuditResult> => audit.fn()));
    expect(
      results.filter(({ status }) => status !== "ok").map((result) => `${result.name}: ${reasonOf(result)}`),
    ).toEqual([]);
    expect(countByWord(results)).toEqual({ MUST: 13, SHOULD: 23, MAY: 25 });
  });
});

function reasonOf(result: AuditResult): string {
  return "reason" in result ? result.reason : "";
}

function countByWord(results: readonly AuditResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of results) {
    const word = name.split(" ", 1)[0] ?? "";
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}
