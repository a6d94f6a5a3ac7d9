import { Client, fetchExchange, mapExchange } from "urql";
import { authorization } from "./credential";

const unauthenticated = new EventTarget();

/** Calls back when the server wants to know who asks. */
export function onUnauthenticated(listener: () => void): () => void {
  unauthenticated.addEventListener("refused", listener);
  return () => unauthenticated.removeEventListener("refused", listener);
}

export function reportUnauthenticated(): void {
  unauthenticated.dispatchEvent(new Event("refused"));
}

/** Far beyond what any answer takes. */
const ANSWER_WITHIN_MS = 60_000;

/** A server that keeps silent is one that can't be reached. */
async function fetchInTime(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const late = new AbortController();
  const waiting = setTimeout(() => late.abort(new Error("No answer came in time.")), ANSWER_WITHIN_MS);
  init.signal?.addEventListener("abort", () => late.abort(), { once: true });
  try {
    return await fetch(input, { ...init, signal: late.signal });
  } finally {
    clearTimeout(waiting);
  }
}

/** Queries and mutations. Nothing is cached: what is shown is what the server says now. */
export const client = new Client({
  url: "/graphql",
  preferGetMethod: false,
  exchanges: [
    mapExchange({
      onError: (error) => {
        if (error.graphQLErrors.some(({ extensions }) => extensions.code === "UNAUTHENTICATED"))
          reportUnauthenticated();
      },
    }),
    fetchExchange,
  ],
  requestPolicy: "network-only",
  fetch: fetchInTime,
  fetchOptions: (): RequestInit => {
    const value = authorization();
    return { headers: { accept: "application/graphql-response+json", ...(value && { authorization: value }) } };
  },
});
