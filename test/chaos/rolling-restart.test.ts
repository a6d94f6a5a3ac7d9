import { setTimeout as delay } from "node:timers/promises";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Balancer } from "../support/balancer.js";
import { freePort } from "../support/free-port.js";
import { startPostgres } from "../support/postgres.js";
import { findBrokenPromises } from "./checks.js";
import { GoodClient } from "./client.js";
import { Load } from "./load.js";
import { type Program, serverProgram } from "./processes.js";
import { Random } from "./random.js";
import { until, within } from "./timing.js";
import { createDatabase, createWorld } from "./world.js";

let postgres: Awaited<ReturnType<typeof startPostgres>>;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** A client that may not be let down once. */
class DemandingClient extends GoodClient {
  readonly failures: string[] = [];
  answers = 0;

  override async askOnce<Result, Variables>(
    instance: Program,
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    try {
      const answer = await super.askOnce(instance, document, variables);
      this.answers += 1;
      return answer;
    } catch (error) {
      this.failures.push(String(error));
      throw error;
    }
  }
}

const JOB_EVERY_MS = 150;
/** Results come late, so that jobs are watched for longer than an instance gives notice. */
const RESULT_AFTER_MS = 2_000;
/** Longer than the balancer takes to notice; a process under test is slow to start. */
const SETTINGS = { SHUTDOWN_NOTICE_SECONDS: "1", START_TIMEOUT_SECONDS: "120", RECONCILE_WINDOW_SECONDS: "60" };

test("a rolling restart of two instances under load fails no request and loses no update", async (context) => {
  const databaseUrl = await createDatabase(postgres.url, "rolling");
  const world = await createWorld(context, 0, databaseUrl);
  world.proxy.tap = async ({ call, moment }) => {
    if (call === "result" && moment === "arrived") await delay(RESULT_AFTER_MS);
    return "go-on";
  };
  const ports = [await freePort(), await freePort()];
  const instances = ports.map((port, index) => {
    const name = `instance-${"ab"[index]}`;
    const environment = { DATABASE_URL: databaseUrl, ENGINE_URL: `${world.proxy.url}/${name}`, PORT: String(port) };
    return serverProgram(name, { ...environment, ...SETTINGS });
  });
  const balancer = await Balancer.listen(ports.map((port) => `http://127.0.0.1:${port}`));
  context.onTestFinished(async () => {
    balancer.close();
    await Promise.all(instances.map((instance) => instance.kill()));
  });
  await Promise.all(instances.map((instance) => instance.start()));
  const serves = (instance: Program) => balancer.isReady(instance.url ?? "");
  await until(
    10_000,
    () => instances.every(serves),
    () => "the instances are not ready",
  );

  const random = new Random("rolling");
  const client = new DemandingClient([balancer as unknown as Program], random.fork("client"));
  const load = new Load(client, random.fork("load"));
  context.onTestFinished(() => load.abandon());
  await load.prepare();
  let isRestarting = true;
  const submitting = (async () => {
    while (isRestarting) {
      load.add({ cancel: null, watchers: 1 });
      await delay(JOB_EVERY_MS);
    }
  })();

  for (const instance of instances) {
    await until(
      10_000,
      () => load.submissions.some(({ watchers }) => watchers[0]?.last),
      () => "nothing is watched",
    );
    await instance.stop();
    await instance.start();
    await until(
      10_000,
      () => serves(instance),
      () => `${instance.name} is not ready again`,
    );
  }
  isRestarting = false;
  await submitting;
  await within(60_000, load.finish(), () => "jobs are not finished");

  expect(client.failures).toEqual([]);
  expect(client.answers).toBeGreaterThan(20);
  expect(instances.flatMap(({ crashes }) => crashes)).toEqual([]);
  expect(await findBrokenPromises({ ...world, instances }, client, load)).toEqual([]);
  const connections = load.submissions.flatMap(({ watchers }) => watchers.map((watcher) => watcher.connections));
  expect(Math.max(...connections)).toBeGreaterThan(1);
}, 150_000);
