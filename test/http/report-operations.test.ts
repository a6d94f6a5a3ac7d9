import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { answerOver, TRANSPORTS } from "./clients.js";
import { startTestServer } from "./test-server.js";

it.each(TRANSPORTS)("calls an operation that takes a second slow, by its name and its job: %s", async (transport) => {
  const server = await startTestServer({}, { findJob: () => delay(1_010, null) });
  const query = "query LookUp($id: ID!) { inpaintJob(id: $id) { id } }";

  await answerOver(transport, server, { query: "query Quick { service { version } }" });
  await answerOver(transport, server, { query, variables: { id: "job-1" } });

  expect(server.logs).toMatchObject([
    { msg: "slow operation", kind: "query", name: "LookUp", jobId: "job-1", caller: "anonymous" },
  ]);
  expect(server.logs[0]?.milliseconds).toBeGreaterThanOrEqual(1_000);
});
