import { once } from "node:events";
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { EventQueue } from "../support/event-queue.js";
import { silence, startScriptedUpstream } from "../support/scripted-upstream.js";
import { startProcess } from "../support/start-process.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { connectTo } from "../support/test-client.js";
import { dataUri, makeWav } from "../support/wav-fixture.js";

function urlIn(line: string): string {
  return /http:\/\/\S+(?=\/graphql)/.exec(line)?.[0] ?? "";
}

/** The compiled server, told to give a second's notice. */
async function startServer(environment: Record<string, string> = {}) {
  const DATA_DIR = environment.DATA_DIR ?? (await temporaryFolder());
  const server = startProcess({ DATA_DIR, SHUTDOWN_NOTICE_SECONDS: "1", ...environment });
  const url = urlIn(await server.started);
  return { server, url, client: connectTo(url), DATA_DIR };
}

/** Minutes of audio, so that its job runs on. */
const LONG = { audioUrl: dataUri(makeWav({ seconds: 100, sampleRate: 16_000 })), maskStart: 20, maskEnd: 80 };

it("says that it stops, answers what still comes on connections that it closes, and exits 0", async () => {
  const { server, url } = await startServer();
  expect((await fetch(`${url}/readyz`)).status).toBe(200);

  server.kill("SIGTERM");

  await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { interval: 20 }).toBe(503);
  const answer = await fetch(`${url}/graphql?query={service{version}}`, {
    headers: { "apollo-require-preflight": "1" },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("connection")).toBe("close");
  expect(await server.ended).toBe(0);
});

it("tells watchers over WebSocket to come back (1001), and ends event streams without completing them", async () => {
  const { server, url, client } = await startServer();
  const { id } = await client.submit(LONG);
  const seen = new EventQueue<string>();
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const query = "subscription ($id: ID!) { inpaintProgress(jobId: $id) { cursor } }";
  socket.on("message", (data) => seen.push(JSON.parse(String(data)).type));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.once("open", () => {
    socket.send(JSON.stringify({ type: "connection_init" }));
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query, variables: { id } } }));
  });
  await seen.until((type) => type === "next");
  const search = new URLSearchParams({ query, variables: JSON.stringify({ id }) });
  const stream = await fetch(`${url}/graphql/stream?${search}`, { headers: { accept: "text/event-stream" } });

  server.kill("SIGTERM");

  expect(await closed).toBe(1001);
  expect(await stream.text()).not.toContain("event: complete");
  expect(await server.ended).toBe(0);
});

it("sends nothing more once it is to stop; what is accepted meanwhile is done after the next start", async () => {
  const { server, url, client, DATA_DIR } = await startServer();
  server.kill("SIGTERM");
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { interval: 20 }).toBe(503);

  const { id } = await client.submit();

  expect(await server.ended).toBe(0);
  const next = await startServer({ DATA_DIR });
  const updates = await next.client.follow(id);
  expect(updates[0]).toMatchObject({ snapshot: true });
  expect(updates.at(-1)?.status).toBe("COMPLETED");
  const { data } = await next.client.post({
    query: "query ($id: ID!) { inpaintJob(id: $id) { timeline { event } } }",
    variables: { id },
  });
  expect(JSON.stringify(data)).toContain('"timeline":[{"event":"accepted"},{"event":"sent"},{"event":"submitted"}');
});

it("goes within its grace whatever hangs, and says so", async () => {
  const upstream = await startScriptedUpstream();
  upstream.on("POST /fal-ai/stable-audio-25/inpaint", silence());
  const { server, client } = await startServer({ ENGINE_URL: upstream.url, SHUTDOWN_GRACE_SECONDS: "1" });
  const { id } = await client.submit({ audioUrl: "https://files.example/clip.wav", maskStart: 30, maskEnd: 40 });
  await expect.poll(async () => (await client.find(id)).submission).toBe("SENDING");

  server.kill("SIGTERM");

  expect(await server.ended).toBe(1);
  expect(server.stderr.at(-1)).toMatch(/Stopping took too long/);
});

it("ends in peace though clients neither finish what they send nor agree to close", async () => {
  const { server, url } = await startServer({ SHUTDOWN_NOTICE_SECONDS: "0", SHUTDOWN_GRACE_SECONDS: "4" });
  const { host, hostname, port } = new URL(url);
  const post = `POST /graphql HTTP/1.1\r\nhost: ${host}\r\n`;
  const upgrade = `GET /graphql HTTP/1.1\r\nhost: ${host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n`;
  const open = async (text: string) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write(text);
    return socket;
  };
  await open(`${post}content-`);
  await open(`${post}content-type: application/json\r\ncontent-length: 500\r\n\r\n{"query":`);
  const silent = await open(upgrade);
  // It has been let in, and reads nothing from here on.
  await once(silent, "data");
  silent.pause();

  server.kill("SIGTERM");

  expect(await server.ended).toBe(0);
});
