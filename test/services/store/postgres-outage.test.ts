import { expect, it, onTestFinished } from "vitest";
import { createServices } from "../../../src/services/create-services.js";
import { isFinished } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import { StoreUnavailableError } from "../../../src/services/store/database.js";
import { startFreezableProxy } from "../../support/freezable-proxy.js";
import { guardedLogger } from "../../support/log-guard.js";
import { CALLER, insertJob, makeInput, makeOptions } from "../../support/make-job.js";
import { newPlace, openStore } from "../../support/open-store.js";
import { startPostgres } from "../../support/postgres.js";
import { json, LiveStream } from "../../support/scripted-upstream.js";
import { SETTINGS } from "../../support/service-settings.js";
import { acceptAll } from "../dispatch-testkit.js";
import { OUTPUT, RESULT, STATUS, STREAM, SUBMIT, startQueue } from "../fal/fal-testkit.js";
import { COMPLETED, line, RUNNING } from "../tracker/tracker-testkit.js";

const PATIENTLY = { timeout: 15_000 };

it("a network that swallows everything keeps nobody waiting for ever, and is worked with again when it is back", async () => {
  const place = new URL(await newPlace());
  const proxy = await startFreezableProxy(Number(place.port));
  place.port = String(proxy.port);
  // Shorter than the program's own, so that the test is.
  place.searchParams.set("query_timeout", "500");
  const { store, database } = await openStore(() => {}, place.href);
  const job = await insertJob(store);
  proxy.freeze();

  const change = () => changeJob(store, job, { name: "status", at: 1 }, (current) => ({ ...current, progress: 0.5 }));
  const asked = [
    store.find(job.id),
    change(),
    database.transaction((query) => query("SELECT 1")),
    database.withLock("dispatch", async () => 1),
  ];
  const answers = await Promise.allSettled(asked);
  proxy.thaw();

  for (const answer of answers) {
    expect(answer).toMatchObject({ status: "rejected", reason: expect.any(StoreUnavailableError) });
  }
  expect(await change()).toMatchObject({ progress: 0.5, lastSequence: 2 });
  expect(await database.withLock("dispatch", async () => "free")).toBe("free");
});

/** The services on a PostgreSQL of their own, which the test may stop and start. */
async function openServices() {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const open = await openStore(() => {}, `${postgres.url}/postgres`);
  const { upstream, queue } = await startQueue();
  const services = createServices({
    database: open.database,
    queue,
    logger: guardedLogger,
    clock: Date.now,
    outboundPolicy: {},
    baseUrl: () => "",
    settings: SETTINGS,
  });
  onTestFinished(() => services.close());
  const submit = async (idempotencyKey: string | null = null) => {
    const { job } = await services.submitJob(CALLER, makeInput(), makeOptions({ idempotencyKey }));
    if (!job) throw new Error("The job was not accepted.");
    return job;
  };
  return { ...open, server: postgres.server, services, upstream, submit };
}

it("an outage is told as one that passes, and what was on its way goes on afterwards with nothing lost or doubled", async () => {
  const { server, services, upstream, store, database, submit } = await openServices();
  const live = new LiveStream();
  upstream.on(SUBMIT, acceptAll());
  upstream.on(STREAM, live.reply);
  await services.start();
  const { id } = await submit("before");
  await live.opened;
  live.send({ ...RUNNING, logs: [line(1, "before")] });
  await expect.poll(async () => (await store.find(id))?.logCount, PATIENTLY).toBe(1);

  await server.stop();
  live.send({ ...RUNNING, logs: [line(2, "meanwhile")] });
  await expect(submit("meanwhile")).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  await expect(database.query("SELECT 1")).rejects.toBeInstanceOf(StoreUnavailableError);
  await expect(database.transaction((query) => query("SELECT 1"))).rejects.toBeInstanceOf(StoreUnavailableError);
  await expect(database.withLock("dispatch", async () => 1)).rejects.toBeInstanceOf(StoreUnavailableError);
  await expect(services.checkReadiness()).rejects.toThrow("The store does not answer");

  upstream.on(STREAM, json(404, {}));
  upstream.on(STATUS, json(200, { ...COMPLETED, logs: [line(1, "before"), line(2, "meanwhile")] }));
  upstream.on(RESULT, json(200, OUTPUT));
  live.end();
  await server.start();

  await expect.poll(async () => isFinished((await store.find(id)) ?? { status: "IN_QUEUE" }), PATIENTLY).toBe(true);
  expect((await store.readLogs(id, 10)).map(({ message }) => message)).toEqual(["before", "meanwhile"]);
  await services.checkReadiness();
  expect((await submit("before")).id).toBe(id);
  await submit("meanwhile");
  await expect.poll(() => upstream.seen(SUBMIT).length, PATIENTLY).toBe(2);
});
