import { once } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import WebSocket from "ws";
import { startTestServer } from "../http/test-server.js";
import { fuzz } from "./fuzz.js";
import { anyDocument, anyJson, damaged } from "./hostile-values.js";

const id = fc.constantFrom("1", "2", "3", "", "__proto__", "constructor");
const subscribe = (query: fc.Arbitrary<string>) =>
  fc.record({
    type: fc.constant("subscribe"),
    id,
    payload: fc.record({ query, variables: fc.option(fc.dictionary(fc.string(), anyJson)) }),
  });
const frame = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ type: "connection_init" }) },
  {
    weight: 4,
    arbitrary: subscribe(
      fc.constantFrom('subscription { inpaintProgress(jobId: "job-1") { status } }', "{ service { version } }"),
    ),
  },
  { weight: 2, arbitrary: subscribe(anyDocument) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("complete"), id }) },
  { weight: 1, arbitrary: fc.constantFrom({ type: "ping" }, { type: "pong" }, { type: "connection_ack" }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("next", "error", "start", ""), id, payload: anyJson }) },
);
const text = frame.map((value) => JSON.stringify(value));
const message = fc.oneof(
  { weight: 12, arbitrary: text },
  {
    weight: 1,
    arbitrary: damaged(['{"type":"subscribe","id":"1","payload":{"query":"{ service { version } }","variables":{}}}']),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
);
const EXPECTED_CODES = [1000, 1005, 1006, 1007, 4400, 4401, 4409, 4429];

test("no frames, in whatever order, harm the server or leave anything behind", async () => {
  const server = await startTestServer();
  server.services.addJob();
  await fuzz(
    fc.tuple(fc.boolean(), fc.array(message, { maxLength: 12 }), fc.constantFrom("close", "cut")),
    async ([introduces, messages, end]) => {
      const socket = new WebSocket(server.socketUrl, "graphql-transport-ws");
      const closed = once(socket, "close") as Promise<[number, Buffer]>;
      await once(socket, "open");
      if (introduces) socket.send('{"type":"connection_init"}');
      for (const part of messages) if (socket.readyState === WebSocket.OPEN) socket.send(part);
      if (end === "cut") socket.terminate();
      else socket.close();
      const [code, reason] = await closed;
      expect(EXPECTED_CODES).toContain(code);
      expect(String(reason)).not.toMatch(/internal/i);
    },
  );
  expect(server.logs).toEqual([]);
  await expect.poll(() => server.services.openWatchers).toBe(0);
});
