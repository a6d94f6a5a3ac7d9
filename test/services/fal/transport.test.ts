import { getEventListeners } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { localHosts } from "../../../src/services/fal/hosts.js";
import { UpstreamTransport, UpstreamUnreachableError } from "../../../src/services/fal/transport.js";
import {
  json,
  large,
  redirect,
  reset,
  type ScriptedUpstream,
  silence,
  startScriptedUpstream,
} from "../../support/scripted-upstream.js";

const URL_OF_A = "https://queue.fal.run/a";
const GET_A = { method: "GET", url: URL_OF_A, headers: {}, timeoutMs: 5_000 } as const;

async function start(): Promise<{ upstream: ScriptedUpstream; transport: UpstreamTransport }> {
  const upstream = await startScriptedUpstream();
  const transport = new UpstreamTransport(localHosts({ engineUrl: upstream.url, publicUrl: null }));
  onTestFinished(() => transport.close());
  return { upstream, transport };
}

test("any status is an answer, with its headers in lower case", async () => {
  const { upstream, transport } = await start();
  upstream.on("GET /a", json(503, { detail: "x" }, { "X-Fal-Error-Type": "runner_disconnected" }));

  const response = await transport.send(GET_A);

  expect(response).toMatchObject({
    status: 503,
    headers: { "x-fal-error-type": "runner_disconnected" },
    text: '{"detail":"x"}',
  });
});

test("a redirect is an answer and is not followed", async () => {
  const { upstream, transport } = await start();
  upstream.on("GET /a", redirect(`${upstream.url}/b`));

  expect((await transport.send(GET_A)).status).toBe(302);
  expect(upstream.requests.map(({ route }) => route)).toEqual(["GET /a"]);
});

test("an answer of 4 MB is taken, a larger one is refused early", async () => {
  const { upstream, transport } = await start();
  const limit = 4 * 1024 * 1024;
  upstream.on("GET /a", large(limit), large(50 * 1024 * 1024));

  expect((await transport.send(GET_A)).text).toHaveLength(limit);
  await expect(transport.send(GET_A)).rejects.toThrow(/larger than 4194304 bytes/);
});

test("an answer that does not come in time is given up, and its request counts as sent", async () => {
  const { upstream, transport } = await start();
  upstream.on("GET /a", silence());

  const failure = await transport.send({ ...GET_A, timeoutMs: 50 }).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(UpstreamUnreachableError);
  expect(failure).toMatchObject({ sent: true, message: expect.stringContaining("within 50 ms") });
});

test("the deadline holds for the body too", async () => {
  const { upstream, transport } = await start();
  upstream.on("GET /a", (response) => {
    response.writeHead(200, { "content-type": "application/json" }).write('{"half":');
  });

  await expect(transport.send({ ...GET_A, timeoutMs: 50 })).rejects.toMatchObject({ sent: true });
});

test("a broken connection counts as sent, and its error is no cause that the fal client would retry on", async () => {
  const { upstream, transport } = await start();
  upstream.on("GET /a", reset());

  const failure = await transport.send(GET_A).catch((error: Error) => error);

  expect(failure).toMatchObject({ name: "UpstreamUnreachableError", sent: true });
  expect(failure).not.toHaveProperty("cause");
  expect(upstream.requests).toHaveLength(1);
});

test("an abort ends the request, and one that came before sends nothing", async () => {
  const { upstream, transport } = await start();
  upstream.on("GET /a", silence());
  const controller = new AbortController();

  const pending = transport.send({ ...GET_A, signal: controller.signal });
  await upstream.arrivals.next();
  controller.abort();

  await expect(pending).rejects.toThrow(UpstreamUnreachableError);
  await expect(transport.send({ ...GET_A, signal: controller.signal })).rejects.toThrow(UpstreamUnreachableError);
  expect(upstream.requests).toHaveLength(1);
});

test("nothing stays behind on a signal or a timer that outlives many requests", async () => {
  const { upstream, transport } = await start();
  upstream.on("GET /a", json(200, {}), reset(), json(500, {}));
  const timers = vi.spyOn(globalThis, "setTimeout");
  const cleared = vi.spyOn(globalThis, "clearTimeout");
  onTestFinished(() => {
    timers.mockRestore();
    cleared.mockRestore();
  });
  const { signal } = new AbortController();

  for (let index = 0; index < 20; index++) await transport.send({ ...GET_A, signal }).catch(() => {});

  expect(getEventListeners(signal, "abort")).toHaveLength(0);
  const deadlines = timers.mock.calls.filter(([, delay]) => delay === GET_A.timeoutMs);
  expect(deadlines).toHaveLength(20);
  expect(cleared.mock.calls.length).toBeGreaterThanOrEqual(20);
});
