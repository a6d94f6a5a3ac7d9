import { connect } from "node:net";
import type { FormattedExecutionResult, GraphQLFormattedError } from "graphql";
import { createClient as createEventClient } from "graphql-sse";
import { type Client, createClient } from "graphql-ws";
import { onTestFinished } from "vitest";
import WebSocket from "ws";

export interface Operation {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

/** None: an anonymous caller. */
export interface Credential extends Record<string, string> {
  readonly authorization: string;
}

export type Answer = FormattedExecutionResult<Record<string, unknown>>;

/** What the server answers to a POST, by a client that understands the GraphQL media type. */
export async function postOperation(
  graphqlUrl: string,
  operation: Operation,
  credential?: Credential,
): Promise<Answer> {
  const response = await postBody(graphqlUrl, JSON.stringify(operation), {
    accept: "application/graphql-response+json",
    ...credential,
  });
  return (await response.json()) as Answer;
}

export async function postBody(
  url: string,
  body: string,
  headers: Record<string, string> = {},
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body, signal });
}

/** A graphql-ws client that never reconnects, closed when the test ends. */
export function connectClient(socketUrl: string, credential?: Credential): Client {
  const client = createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: credential,
  });
  onTestFinished(async () => client.dispose());
  return client;
}

/** All results of one operation over a socket, up to its completion; errors that ended it stand in the last. */
export async function runOverSocket(client: Client, operation: Operation): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    const answers: Answer[] = [];
    client.subscribe<Record<string, unknown>>(operation, {
      next: (answer) => answers.push(answer as Answer),
      error: (error) => {
        if (Array.isArray(error)) resolve([...answers, { errors: error as GraphQLFormattedError[] }]);
        else reject(error);
      },
      complete: () => resolve(answers),
    });
  });
}

/** All results of one operation as server-sent events, up to its completion. */
export async function runOverEvents(
  graphqlUrl: string,
  operation: Operation,
  credential?: Credential,
): Promise<Answer[]> {
  const client = createEventClient({ url: `${graphqlUrl}/stream`, retryAttempts: 0, headers: { ...credential } });
  const answers: Answer[] = [];
  for await (const answer of client.iterate<Record<string, unknown>>(operation)) answers.push(answer as Answer);
  return answers;
}

export const TRANSPORTS = ["HTTP", "WebSocket", "SSE"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** The only or last answer to an operation over the transport. */
export async function answerOver(
  transport: Transport,
  { graphqlUrl, socketUrl }: { graphqlUrl: string; socketUrl: string },
  operation: Operation,
  credential?: Credential,
): Promise<Answer> {
  if (transport === "HTTP") return postOperation(graphqlUrl, operation, credential);
  const answers =
    transport === "SSE"
      ? await runOverEvents(graphqlUrl, operation, credential)
      : await runOverSocket(connectClient(socketUrl, credential), operation);
  const last = answers.at(-1);
  if (last === undefined) throw new Error("The operation completed without an answer.");
  return last;
}

/** How an attempt to open a socket ended: with the protocol it got, or with the HTTP status that refused it. */
export async function openSocket(url: string, headers: Record<string, string> = {}): Promise<number | WebSocket> {
  const socket = new WebSocket(url, "graphql-transport-ws", { headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.once("error", reject);
  });
}

/** The code and reason the socket closes with. */
export async function closingOf(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
}

/** All that comes back for raw bytes, until the server closes. */
export async function sendRaw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}
