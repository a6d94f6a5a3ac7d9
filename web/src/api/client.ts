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
  fetchOptions: (): RequestInit => {
    const value = authorization();
    return { headers: { accept: "application/graphql-response+json", ...(value && { authorization: value }) } };
  },
});
