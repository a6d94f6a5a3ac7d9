import { expect, it } from "vitest";
import { startApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import { InpaintAudioDocument, InpaintJobDocument } from "../../src/operations/documents.js";
import { guardLog } from "../support/log-guard.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { connectTo, SMALL_INPUT } from "../support/test-client.js";

type Line = Record<string, unknown>;

/** The product, and what it logs at the level that is its default. */
async function startLogged() {
  const lines: Line[] = [];
  const logTo = {
    write: (text: string) => {
      lines.push(JSON.parse(text));
      guardLog(text);
    },
  };
  const app = await startApp(loadConfig({ PORT: "0", MAX_LOOP_DELAY_MS: "0", DATA_DIR: await temporaryFolder() }), {
    logTo,
  });
  return { client: connectTo(app.url), close: app.close, lines };
}

it("says in one line each what every operation was and how it went, with request, caller and job", async () => {
  const { client, close, lines } = await startLogged();
  const { inpaintAudio } = await client.run(InpaintAudioDocument, { input: SMALL_INPUT });
  const jobId = inpaintAudio.job?.id ?? "";
  await client.run(InpaintJobDocument, { id: jobId, lastLogs: 1 });
  await client.follow(jobId);
  await client.post({ query: "query Wrong { nothing }", variables: {} });
  await client.post({ query: "query Secret($id: ID!) { inpaintJob(id: $id) { id } }", variables: { id: "a b://c" } });
  await close();

  const operations = lines.filter(({ msg }) => msg === "operation");
  expect(operations).toMatchObject([
    { level: 30, kind: "mutation", name: "InpaintAudio", caller: "anonymous", jobId },
    { level: 30, kind: "query", name: "InpaintJob", jobId },
    { level: 30, kind: "subscription", name: "InpaintProgress", jobId },
    { level: 30, kind: "invalid", codes: ["GRAPHQL_VALIDATION_FAILED"] },
    { level: 30, kind: "query", name: "Secret" },
  ]);
  expect(operations.at(-1)).not.toHaveProperty("jobId");
  for (const { requestId, milliseconds } of operations) {
    expect(requestId).toMatch(/^[\w-]{36}$/);
    expect(milliseconds).toEqual(expect.any(Number));
  }
});

it("says in one line each how a job goes on, and how it ended", async () => {
  const { client, close, lines } = await startLogged();
  const { id } = await client.submit();
  await client.follow(id);
  await close();

  const turns = lines.filter(({ jobId, event }) => jobId === id && event !== undefined);
  expect(turns.map(({ event }) => event)).toEqual(["accepted", "sending", "submitted", "started", "finished"]);
  expect(turns.at(-1)).toMatchObject({
    msg: "job ended",
    caller: "anonymous",
    requestId: expect.any(String),
    status: "COMPLETED",
    billed: "NO",
    milliseconds: expect.any(Number),
  });
});
