import { expect, it } from "vitest";
import {
  CancelInpaintDocument,
  CreateWatchTokenDocument,
  InpaintJobDocument,
  ViewerDocument,
} from "../../src/operations/documents.js";
import { closingOf, openSocket } from "../http/clients.js";
import { EventQueue } from "../support/event-queue.js";
import { startProcess } from "../support/start-process.js";
import { startTestApp } from "../support/start-test-app.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import type { TestClient } from "../support/test-client.js";
import { credentialOf, startAccounts } from "./accounts-testkit.js";

async function tokenFor(owner: TestClient, jobId: string, ttlSeconds?: number): Promise<string> {
  const { createWatchToken } = await owner.run(CreateWatchTokenDocument, { jobId, ttlSeconds });
  expect(createWatchToken.userErrors).toEqual([]);
  return createWatchToken.token ?? "";
}

it("knows callers by their keys, and nobody without one", async () => {
  const { alice, bob, app, as } = await startAccounts();

  expect((await alice.run(ViewerDocument, {})).viewer.id).toBe("key:alice");
  expect((await bob.run(ViewerDocument, {})).viewer.id).toBe("key:bob");
  for (const stranger of [app, as("alice"), as(`${credentialOf("alice")}x`)]) {
    expect((await stranger.answer(ViewerDocument, {})).errors?.[0]?.extensions?.code).toBe("UNAUTHENTICATED");
  }
});

it("lets the holder of a watch token follow the job to its end", async () => {
  const { alice, as } = await startAccounts();
  const { id } = await alice.submit({ prompt: "alice finish" });

  const watcher = as(await tokenFor(alice, id));
  const updates = await watcher.follow(id);

  expect(updates.at(-1)).toMatchObject({
    status: "COMPLETED",
    job: { output: { audio: { url: expect.stringContaining("v3b.fal.media") } } },
  });
  expect((await watcher.find(id)).status).toBe("COMPLETED");
  expect(await watcher.answer(CancelInpaintDocument, { id })).toMatchObject({
    errors: [{ extensions: { code: "FORBIDDEN" } }],
  });
});

it("ends a watch with its token: the socket closes with 4403, and the token opens nothing more", async () => {
  const { alice, as, app } = await startAccounts();
  const { id } = await alice.submit({ prompt: "alice on and on" });
  const token = await tokenFor(alice, id, 3);
  const socket = await openSocket(app.graphqlUrl.replace("http", "ws"));
  if (typeof socket === "number") throw new Error(`The socket was refused with ${socket}.`);
  const messages = new EventQueue<{ type: string; payload?: unknown }>();
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  const closing = closingOf(socket);
  const query = `subscription { inpaintProgress(jobId: "${id}") { status } }`;

  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
  expect((await messages.next()).type).toBe("connection_ack");
  socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query } }));
  expect((await messages.next()).type).toBe("next");

  expect(await closing).toEqual({ code: 4403, reason: "The credential has expired. Reconnect with a new one." });
  expect((await as(token).answer(InpaintJobDocument, { id })).errors?.[0]).toMatchObject({
    message: expect.stringContaining("expired"),
    extensions: { code: "UNAUTHENTICATED" },
  });
});

it("takes watch tokens where everyone is anonymous, too", async () => {
  const app = await startTestApp();
  const { id } = await app.submit();
  const { createWatchToken } = await app.run(CreateWatchTokenDocument, { jobId: id });

  const response = await fetch(app.graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${createWatchToken.token}` },
    body: JSON.stringify({ query: "{ viewer { id } inpaintJobs { nodes { id } } }" }),
  });

  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "FORBIDDEN" } }] });
  expect((await app.run(ViewerDocument, {})).viewer.id).toBe("anonymous");
});

it("keeps watch tokens good over a restart, until the key is replaced", async () => {
  const folder = await temporaryFolder();
  const first = await startTestApp({ DATA_DIR: folder });
  const { id } = await first.submit();
  const token = await tokenFor(first, id);
  await first.close();

  const second = await startTestApp({ DATA_DIR: folder });
  const before = await askAs(second.graphqlUrl, token, id);
  await second.close();
  const rotation = startProcess({ DATA_DIR: folder }, ["dist/rotate-keys/main.js"]);
  expect(await rotation.ended).toBe(0);
  const third = await startTestApp({ DATA_DIR: folder });

  expect([before, await askAs(third.graphqlUrl, token, id)]).toEqual([200, 401]);
});

async function askAs(graphqlUrl: string, token: string, jobId: string): Promise<number> {
  const response = await fetch(graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: `{ inpaintJob(id: "${jobId}") { id } }` }),
  });
  return response.status;
}

it("makes keys by a command, which the server then takes", async () => {
  const creation = startProcess({}, ["dist/create-key/main.js", "studio"]);
  expect(await creation.ended).toBe(0);
  const [, secret = "", , entry = ""] = creation.stdout.map((line) => line.trim());

  const app = await startTestApp({ AUTH: "keys", API_KEYS: entry.replace("API_KEYS=", "") });
  const response = await fetch(app.graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
    body: JSON.stringify({ query: "{ viewer { id } }" }),
  });

  expect(await response.json()).toEqual({ data: { viewer: { id: "key:studio" } } });
});

it("finds no file by an address that is nearly another's", async () => {
  const app = await startTestApp();
  const { id } = await app.submit();
  const url = (await app.follow(id)).at(-1)?.job.output?.audio.url ?? "";
  const [, fileId = ""] = /\/files\/([0-9a-f]{32})\//.exec(url) ?? [];
  expect((await fetch(url)).status).toBe(200);

  for (const wrong of [fileId.replace(/.$/, (last) => (last === "0" ? "1" : "0")), fileId.slice(1), "", ".."]) {
    expect((await fetch(url.replace(fileId, wrong))).status).toBe(404);
  }
});
