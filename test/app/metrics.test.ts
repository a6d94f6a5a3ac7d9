import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { InpaintAudioDocument } from "../../src/operations/documents.js";
import { startTestApp } from "../support/start-test-app.js";
import { SMALL_INPUT } from "../support/test-client.js";

async function metricsOf(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain("text/plain");
  return response.text();
}

it("counts what one job, its watcher and a refused one leave behind", async () => {
  const app = await startTestApp({ LIMIT_JOBS_PER_HOUR: "1" });
  const { id } = await app.submit();
  await app.follow(id);
  const refused = await app.run(InpaintAudioDocument, { input: SMALL_INPUT });
  expect(refused.inpaintAudio.userErrors).toMatchObject([{ code: "QUOTA_EXCEEDED" }]);

  const text = await metricsOf(app.url);

  for (const line of [
    'punchin_job_events_total{event="accepted"} 1',
    'punchin_jobs_finished_total{status="COMPLETED",code="none"} 1',
    'punchin_submissions_total{outcome="accepted"} 1',
    'punchin_upstream_requests_total{kind="submit",status="200"} 1',
    'punchin_upstream_requests_total{kind="result",status="200"} 1',
    'punchin_limit_refusals_total{limit="JOBS_PER_HOUR"} 1',
    'punchin_operations_total{kind="mutation",outcome="ok"} 2',
    'punchin_document_lookups_total{result="hit"} 1',
    "punchin_watchers 0",
    "punchin_sending_paused 0",
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  expect(text).toMatch(/punchin_event_lag_seconds_count [1-9]/);
  expect(text).toMatch(/punchin_store_batch_steps_count [1-9]/);
  expect(text).toMatch(/punchin_store_operation_duration_seconds_count\{operation="write-changes"\} [1-9]/);
  expect(text).toMatch(/punchin_job_duration_seconds_count\{status="COMPLETED"\} 1/);
  expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds \d/);
  expect(text).not.toContain(id);
});

it("shows how many jobs are unfinished and who watches", async () => {
  const app = await startTestApp({ MAX_UPSTREAM_JOBS: "1" });
  const held = await app.submit({ prompt: "first" });
  const updates = app.watch((await app.submit({ prompt: "second" })).id);
  await updates.next();

  const text = await metricsOf(app.url);
  await app.follow(held.id);

  expect(text).toContain('punchin_streams{transport="websocket"} 1\n');
  expect(text).toContain("punchin_watchers 1\n");
  expect(text).toMatch(/punchin_jobs_unfinished\{status="IN_QUEUE",submission="WAITING"\} 1\n/);
});

it("has no series that a caller can name, whatever is sent", async () => {
  const app = await startTestApp();
  const series = async () =>
    (await metricsOf(app.url))
      .split("\n")
      .filter((line) => line.startsWith("punchin_"))
      .map((line) => line.slice(0, line.lastIndexOf(" ")));
  const ask = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${app.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const query = (name: string) => `query ${name}($id: ID!) { inpaintJob(id: $id) { id } }`;
  await ask({ query: query("Plain"), variables: { id: "any" } });
  await ask({ query: "{ nothing }" });
  const before = await series();

  for (let number = 0; number < 20; number++) {
    const hostile = `x"} ${number}\n# TYPE punchin_made_up gauge\npunchin_made_up{a="${number}"} 1`;
    await ask({ query: query(`MadeUp${number}`), variables: { id: hostile } }, { "x-request-id": `made-up-${number}` });
    await ask({ query: `{ nothing${number} }`, operationName: hostile, extensions: { [hostile]: hostile } });
    await fetch(`${app.url}/made-up-${number}`, { method: "DELETE" });
  }

  expect(await series()).toEqual(before);
});

it("is for this machine alone, and not for who comes through a proxy on it", async () => {
  const { url } = await startTestApp();

  expect((await fetch(`${url}/metrics`)).status).toBe(200);
  for (const header of ["x-forwarded-for", "forwarded"]) {
    expect((await fetch(`${url}/metrics`, { headers: { [header]: "203.0.113.7" } })).status).toBe(404);
  }
});

it("is for who shows the secret with METRICS=key, and for nobody with METRICS=off", async () => {
  const METRICS_KEY = `prometheus:${createHash("sha256").update("the-secret").digest("hex")}`;
  const keyed = await startTestApp({ METRICS: "key", METRICS_KEY });
  const off = await startTestApp({ METRICS: "off" });

  const refused = await fetch(`${keyed.url}/metrics`, { headers: { authorization: "Bearer wrong" } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toContain("Bearer");
  expect((await fetch(`${keyed.url}/metrics`)).status).toBe(401);
  await metricsOf(keyed.url, { authorization: "Bearer the-secret" });
  expect((await fetch(`${off.url}/metrics`)).status).toBe(404);
});

it("is for everybody with METRICS=everyone, for what stands in front decides", async () => {
  const { url } = await startTestApp({ METRICS: "everyone" });

  await metricsOf(url, { "x-forwarded-for": "203.0.113.7" });
});
