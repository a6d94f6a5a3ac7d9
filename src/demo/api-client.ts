import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";

/** The API as any outside client sees it: queries and mutations over HTTP, subscriptions over WebSocket. */
export interface ApiClient {
  /** Rejects when the server does not answer or answers with GraphQL errors. */
  execute<Result, Variables>(document: TypedDocumentNode<Result, Variables>, variables: Variables): Promise<Result>;
  /** Ends when the server completes the operation; rejects like `execute`, and when the signal aborts. */
  subscribe<Result, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
  ): AsyncGenerator<Result, void>;
  close(): Promise<void>;
}

/** `signal` ends whatever the client is doing. */
export function createApiClient(serverUrl: string, signal: AbortSignal): ApiClient {
  const endpoint = new URL("/graphql", serverUrl);
  const socketEndpoint = new URL(endpoint);
  socketEndpoint.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";
  const socketClient = createClient({ url: socketEndpoint.href, webSocketImpl: WebSocket });

  return {
    async execute(document, variables) {
      const response = await fetch(endpoint, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
        body: JSON.stringify({ query: print(document), variables }),
        signal,
      });
      return readResult(await response.json());
    },
    subscribe: (document, variables) => subscribe(socketClient, print(document), variables, signal),
    async close() {
      await socketClient.dispose();
    },
  };
}

async function* subscribe<Result>(
  client: Client,
  query: string,
  variables: Record<string, unknown>,
  signal: AbortSignal,
): AsyncGenerator<Result, void> {
  const results = client.iterate({ query, variables });
  const stop = () => void results.return?.();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const result of results) yield readResult<Result>(result);
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** The answer's data. Rejects with the server's own words when there are errors. */
function readResult<Result>(answer: unknown): Result {
  const { data, errors } = answer as { data?: Result | null; errors?: readonly { readonly message: string }[] };
  if (errors?.length) throw new Error(errors.map((error) => error.message).join("; "));
  if (data === undefined || data === null) throw new Error("The server's answer has no data.");
  return data;
}
