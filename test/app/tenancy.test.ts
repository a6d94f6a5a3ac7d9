import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  OperationTypeNode,
} from "graphql";
import { expect, it } from "vitest";
import { CreateWatchTokenDocument } from "../../src/operations/documents.js";
import type { TestClient } from "../support/test-client.js";
import { type Accounts, startAccounts } from "./accounts-testkit.js";
import {
  documentFor,
  type InputPlace,
  inputPlaces,
  type RootField,
  requiredValues,
  rootFields,
  type Values,
  withValue,
} from "./schema-walk.js";

/**
 * Texts that callers give: whether one may name what belongs to somebody. IDs need not be listed, they always do. A new
 * place fails the test until it stands here.
 */
const TEXTS: Readonly<Record<string, "names-something" | "plain">> = {
  "Query.inpaintJobs(after)": "names-something",
  "Query.inpaintJobs(before)": "names-something",
  "InpaintJobFilter.requestId": "names-something",
  "Subscription.inpaintProgress(after)": "names-something",
  "SubmitOptions.idempotencyKey": "names-something",
  "SubmitOptions.webhookUrl": "plain",
  "InpaintAudioInput.prompt": "plain",
  // The address of a file is a secret by itself: who knows it may use it.
  "InpaintAudioInput.audioUrl": "plain",
  "CreateAudioUploadInput.fileName": "plain",
  "CreateAudioUploadInput.contentType": "plain",
};

/** Types whose values name nothing. */
const PLAIN_TYPES: ReadonlySet<string> = new Set([
  "Int",
  "Float",
  "Boolean",
  "BigInt",
  "DateTime",
  "JobStatus",
  "QueuePriority",
]);

/** All that the holder of a watch token may ask for. Whatever else the schema has or will have must refuse it. */
const OPEN_TO_WATCHERS: ReadonlySet<string> = new Set([
  "Query.node",
  "Query.inpaintJob",
  "Query.viewer",
  "Subscription.inpaintProgress",
]);

const AUDIO_URL = "https://files.example/alice-clip.wav?signature=alice-s1gned";

interface Transport {
  readonly name: string;
  readonly carries: (operation: OperationTypeNode) => boolean;
  /** The first answer, in words. */
  readonly ask: (client: TestClient, query: string, variables: Values) => Promise<string>;
}

const TRANSPORTS: readonly Transport[] = [
  {
    name: "HTTP",
    carries: (operation) => operation !== OperationTypeNode.SUBSCRIPTION,
    ask: async (client, query, variables) => JSON.stringify(await client.post({ query, variables })),
  },
  {
    name: "WebSocket",
    carries: () => true,
    ask: async (client, query, variables) => {
      for await (const answer of client.connect().iterate({ query, variables: { ...variables } })) {
        return JSON.stringify(answer);
      }
      return "";
    },
  },
  {
    name: "SSE",
    carries: () => true,
    ask: async (client, query, variables) => {
      for await (const answer of client.connectEvents().iterate({ query, variables: { ...variables } })) {
        return JSON.stringify(answer);
      }
      return "";
    },
  },
];

/** Alice has a finished job and a running one, and Bob a running one. */
async function openScene() {
  const accounts = await startAccounts();
  const { alice, bob } = accounts;
  const finished = await alice.submit({ prompt: "alice finish", audioUrl: AUDIO_URL }, { idempotencyKey: "alice-key" });
  await alice.follow(finished.id);
  const running = await alice.submit({ prompt: "alice on and on", audioUrl: AUDIO_URL });
  const own = await bob.submit({ prompt: "bob on and on" });
  for (const [client, { id }] of [
    [alice, running],
    [bob, own],
  ] as const) {
    await expect.poll(async () => (await client.find(id)).requestId, { timeout: 10_000 }).not.toBeNull();
  }
  const schema = await introspect(alice);
  const listed = await alice.post({ query: "{ inpaintJobs { edges { cursor } } }", variables: {} });
  const { edges = [] } = (listed.data?.inpaintJobs ?? {}) as { edges?: { cursor: string }[] };
  const jobs = [await alice.find(finished.id), await alice.find(running.id)];
  /** Everything that names something of Alice's. */
  const names = [
    ...jobs.flatMap(({ id, requestId, cursor }) => [id, requestId ?? "", cursor]),
    ...edges.map(({ cursor }) => cursor),
    "alice-key",
  ];
  const { createWatchToken } = await alice.run(CreateWatchTokenDocument, { jobId: finished.id });
  return { ...accounts, schema, finished, running, own, names, watcher: accounts.as(createWatchToken.token ?? "") };
}

async function introspect(client: TestClient): Promise<GraphQLSchema> {
  const { data } = await client.post({ query: getIntrospectionQuery(), variables: {} });
  return buildClientSchema(data as unknown as IntrospectionQuery);
}

/** What an operation needs at least, asked for by somebody who has this job. */
function samplesFor(jobId: string): Values {
  return {
    ID: jobId,
    InpaintAudioInput: { prompt: "bob again", audioUrl: "https://files.example/bob.wav" },
    CreateAudioUploadInput: { fileName: "bob.wav", contentType: "audio/wav", fileSize: 9 },
  };
}

/** Fails for a place that nobody has thought about. */
function mayNameSomething({ name, typeName }: InputPlace): boolean {
  if (typeName === "ID") return true;
  if (PLAIN_TYPES.has(typeName)) return false;
  if (typeName !== "String" || !(name in TEXTS)) {
    throw new Error(`Can ${name}: ${typeName} name what belongs to somebody? List it at the top of this test.`);
  }
  return TEXTS[name] === "names-something";
}

function transportsFor({ operation }: RootField): readonly Transport[] {
  return TRANSPORTS.filter(({ carries }) => carries(operation));
}

/** All of Alice's names and words but the one that was given and may be repeated. */
function leaksIn(answer: string, names: readonly string[], given = ""): string[] {
  const rest = answer.replaceAll(JSON.stringify(given).slice(1, -1), "").replaceAll(given || "\0", "");
  return [...names.filter((name) => name !== given), "alice"].filter((secret) => rest.includes(secret));
}

async function aliceSees({ alice }: Accounts, ids: readonly string[]): Promise<unknown[]> {
  return Promise.all(ids.map((id) => alice.find(id)));
}

it("gives a second caller nothing, whatever names of the first one's it puts wherever the schema takes one", async () => {
  const scene = await openScene();
  const { bob, schema, names, own, finished, running } = scene;
  const before = await aliceSees(scene, [finished.id, running.id]);
  const tried: string[] = [];

  for (const root of rootFields(schema)) {
    for (const place of inputPlaces(root).filter(mayNameSomething)) {
      for (const transport of transportsFor(root)) {
        const asks = names.map(async (name) => {
          const values = withValue(requiredValues(root, samplesFor(own.id)), place.path, name);
          const answer = await transport.ask(bob, documentFor(root, schema, values), values);
          expect(leaksIn(answer, names, name), `${root.name} over ${transport.name}: ${answer}`).toEqual([]);
        });
        await Promise.all(asks);
      }
      tried.push(place.name);
    }
  }

  expect(tried).toEqual(
    expect.arrayContaining(["Query.node(id)", "Mutation.cancelInpaint(id)", "SubmitOptions.idempotencyKey"]),
  );
  expect(await aliceSees(scene, [finished.id, running.id])).toEqual(before);
});

it("answers for another caller's id as for one that nobody has", async () => {
  const { bob, schema, own, finished } = await openScene();
  const unknown = finished.id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));

  for (const root of rootFields(schema)) {
    for (const place of inputPlaces(root).filter(({ typeName }) => typeName === "ID")) {
      for (const transport of transportsFor(root)) {
        const [theirs, nobodys] = await Promise.all(
          [finished.id, unknown].map(async (id) => {
            const values = withValue(requiredValues(root, samplesFor(own.id)), place.path, id);
            return (await transport.ask(bob, documentFor(root, schema, values), values)).replaceAll(id, "the id");
          }),
        );
        expect(theirs, `${root.name} over ${transport.name}`).toBe(nobodys);
      }
    }
  }
});

it("shows nobody what is another's where nothing is named at all", async () => {
  const { bob, schema, names, own } = await openScene();

  for (const root of rootFields(schema)) {
    for (const transport of transportsFor(root)) {
      const values = requiredValues(root, samplesFor(own.id));
      const answer = await transport.ask(bob, documentFor(root, schema, values), values);

      expect(leaksIn(answer, names), `${root.name} over ${transport.name}: ${answer}`).toEqual([]);
    }
  }
});

it("shows the holder of a watch token that one job without its source, and refuses all else", async () => {
  const { watcher, schema, finished, running, names } = await openScene();
  const others = names.filter((name) => name.includes(running.id) || name === running.requestId);

  for (const root of rootFields(schema)) {
    for (const transport of transportsFor(root)) {
      const values = requiredValues(root, samplesFor(finished.id));
      const answer = await transport.ask(watcher, documentFor(root, schema, values), values);
      const where = `${root.name} over ${transport.name}: ${answer}`;

      if (!OPEN_TO_WATCHERS.has(root.name)) {
        expect(answer, where).toContain('"code":"FORBIDDEN"');
        expect(answer, where).not.toMatch(/alice-|"data":\{/);
        continue;
      }
      expect(answer, where).not.toContain('"errors"');
      expect(answer, where).not.toMatch(/alice-clip|s1gned|alice-key|key:alice/);
      for (const other of others) expect(answer, where).not.toContain(other);
      if (root.name !== "Query.viewer") expect(answer, where).toContain("https://v3b.fal.media/alice-r1.wav");
    }
  }
});

it("shows the holder of a watch token no other job, its owner's neither", async () => {
  const { watcher, schema, finished, running, own, names } = await openScene();
  const secrets = names.filter((name) => !name.includes(finished.id));

  for (const root of rootFields(schema)) {
    for (const place of inputPlaces(root).filter(mayNameSomething)) {
      for (const transport of transportsFor(root)) {
        for (const id of [running.id, own.id]) {
          const values = withValue(requiredValues(root, samplesFor(running.id)), place.path, id);
          const answer = await transport.ask(watcher, documentFor(root, schema, values), values);
          expect(leaksIn(answer, secrets, id), `${root.name} over ${transport.name}: ${answer}`).toEqual([]);
        }
      }
    }
  }
});
