import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { type GraphQLFormattedError, print } from "graphql";
import { createClient as createEventsClient, type Client as EventsClient } from "graphql-sse";
import { type Client, createClient } from "graphql-ws";
import { expect, onTestFinished } from "vitest";
import WebSocket from "ws";
import {
  InpaintAudioDocument,
  type InpaintAudioInput,
  InpaintJobDocument,
  InpaintProgressDocument,
  type InpaintProgressSubscription,
  type JobFieldsFragment,
  type SubmitOptions,
} from "../../src/operations/documents.js";
import { dataUri, makeWav } from "./wav-fixture.js";

export type Update = InpaintProgressSubscription["inpaintProgress"];

export interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

export interface TestClient {
  readonly url: string;
  readonly graphqlUrl: string;
  /** A request over HTTP as the test words it. */
  post(body: { query: string; variables: Readonly<Record<string, unknown>> }): Promise<Answer<Record<string, unknown>>>;
  /** One operation over HTTP, with whatever came back. */
  answer<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Answer<Data>>;
  /** One operation over HTTP that must succeed. */
  run<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data>;
  /** Submits a small clip, or what is given, which must be accepted. */
  submit(input?: Partial<InpaintAudioInput>, options?: SubmitOptions): Promise<JobFieldsFragment>;
  connect(): Client;
  /** The same over server-sent events. */
  connectEvents(): EventsClient;
  /** Follows a job over a WebSocket of its own, update by update. */
  watch(jobId: string, after?: string): AsyncGenerator<Update, void>;
  /** Follows a job to its end; all updates. */
  follow(jobId: string, after?: string): Promise<Update[]>;
  find(id: string): Promise<JobFieldsFragment>;
}

export const CLIP = dataUri(makeWav());

export const SMALL_INPUT: InpaintAudioInput = { prompt: "a short fill", audioUrl: CLIP, maskStart: 1, maskEnd: 2 };

/** A client of a product that runs at this address, with the credential of a caller. */
export function connectTo(url: string, credential?: string): TestClient {
  const graphqlUrl = `${url}/graphql`;
  const authorization: Record<string, string> =
    credential === undefined ? {} : { authorization: `Bearer ${credential}` };

  const post: TestClient["post"] = async (body) => {
    const response = await fetch(graphqlUrl, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/graphql-response+json", ...authorization },
      body: JSON.stringify(body),
    });
    return (await response.json()) as never;
  };
  const answer: TestClient["answer"] = async (document, variables) =>
    (await post({ query: print(document), variables: { ...(variables as object) } })) as never;
  const run: TestClient["run"] = async (document, variables) => {
    const { data, errors } = await answer(document, variables);
    if (errors || !data) throw new Error(`The operation failed: ${JSON.stringify(errors)}`);
    return data;
  };
  const connect = () => {
    const socketUrl = graphqlUrl.replace("http", "ws");
    const client = createClient({
      url: socketUrl,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: authorization,
    });
    onTestFinished(async () => client.dispose());
    return client;
  };
  const connectEvents = () => {
    const client = createEventsClient({ url: `${graphqlUrl}/stream`, headers: authorization, retryAttempts: 0 });
    onTestFinished(() => client.dispose());
    return client;
  };
  async function* watch(jobId: string, after?: string): AsyncGenerator<Update, void> {
    const client = connect();
    const variables = { jobId, after };
    const results = client.iterate<InpaintProgressSubscription>({ query: print(InpaintProgressDocument), variables });
    for await (const { data, errors } of results) {
      expect(errors).toBeUndefined();
      if (data) yield data.inpaintProgress;
    }
  }
  return {
    url,
    graphqlUrl,
    post,
    answer,
    run,
    connect,
    connectEvents,
    watch,
    async submit(input = {}, options) {
      const { inpaintAudio } = await run(InpaintAudioDocument, { input: { ...SMALL_INPUT, ...input }, options });
      expect(inpaintAudio.userErrors).toEqual([]);
      if (!inpaintAudio.job) throw new Error("The job was not accepted.");
      return inpaintAudio.job;
    },
    async follow(jobId, after) {
      const updates: Update[] = [];
      for await (const update of watch(jobId, after)) updates.push(update);
      return updates;
    },
    async find(id) {
      const { inpaintJob } = await run(InpaintJobDocument, { id, lastLogs: 100 });
      if (!inpaintJob) throw new Error("There is no such job.");
      return inpaintJob;
    },
  };
}
