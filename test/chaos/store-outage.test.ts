import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { expect, test } from "vitest";
import { startPostgres } from "../support/postgres.js";
import { Random } from "./random.js";
import { KILLS } from "./run-storm.js";
import { openScene } from "./scene.js";
import { until } from "./timing.js";

const OUTAGES = KILLS < 100 ? 2 : 10;

test("PostgreSQL killed and restarted under load: no job is lost or doubled, no instance ends", {
  timeout: 60_000 + OUTAGES * 10_000,
}, async (context) => {
  const seed = process.env.CHAOS_SEED ?? "1";
  const random = new Random(`${seed} outage`);
  const postgres = await startPostgres();
  context.onTestFinished(() => postgres.stop());
  const { world, load, expectPromisesKept } = await openScene(context, postgres.url, "outage");
  for (let outage = 0; outage < OUTAGES; outage++) {
    for (let job = 0; job < 6; job++) load.add();
    await delay(random.between(20, 700));
    await killPostgres(postgres.url);
    try {
      load.add();
      for (const { url } of world.instances) expect(await errorCodeOf(url)).toBe("SERVICE_UNAVAILABLE");
      await delay(random.between(0, 1_500));
    } finally {
      await startAgain(postgres.server);
    }
    load.add();
  }
  await expectPromisesKept();
});

test("a claim that was committed, but not answered, is undone and the job sent", async (context) => {
  const postgres = await startPostgres();
  context.onTestFinished(() => postgres.stop());
  const { world, load, databaseUrl, expectPromisesKept } = await openScene(context, postgres.url, "lost_claim");
  let refusals = 0;
  world.proxy.tap = async ({ call }) => {
    if (call !== "submit") return "go-on";
    refusals += 1;
    return { status: 429, body: "{}" };
  };
  load.add({ cancel: null, watchers: 1 });
  await until(
    20_000,
    () => refusals > 0,
    () => "nothing was sent",
  );
  await claimForLiveInstance(databaseUrl);
  world.proxy.tap = async () => "go-on";
  await expectPromisesKept();
});

/** The very rows that a claim writes. */
async function claimForLiveInstance(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const claim = () =>
    client.query(
      `WITH claimed AS (
        UPDATE job SET submission = 'SENDING', owner_id = (SELECT min(id) FROM instance), claimed_at = 1,
          last_sequence = last_sequence + 1 WHERE submission = 'WAITING' RETURNING id, last_sequence
      ) INSERT INTO job_event (job_id, sequence, at, name, status)
        SELECT id, last_sequence, 1, 'sending', 'IN_QUEUE' FROM claimed`,
    );
  await until(
    20_000,
    async () => (await claim()).rowCount === 1,
    () => "no job waits",
  );
  await client.end();
}

/** Ends the server as a power cut would; its backends notice by themselves. */
async function killPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query<{ data_directory: string }>("SHOW data_directory");
  const [pid = ""] = (await readFile(join(rows[0]?.data_directory ?? "", "postmaster.pid"), "utf8")).split("\n");
  const ended = new Promise((resolve) => client.once("end", resolve));
  process.kill(Number(pid), "SIGKILL");
  await ended;
}

/** It refuses to start as long as a process of before still lives. */
async function startAgain(server: { start(): Promise<void> }): Promise<void> {
  await until(
    20_000,
    () =>
      server.start().then(
        () => true,
        () => false,
      ),
    () => "PostgreSQL does not start again",
  );
}

/** What a caller is told; null when there is no error. */
async function errorCodeOf(url: string | null): Promise<string | null> {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
    body: JSON.stringify({ query: "{ inpaintJobs { nodes { id } } }" }),
  });
  const { errors } = (await answer.json()) as { errors?: readonly { extensions: { code: string } }[] };
  return errors?.[0]?.extensions.code ?? null;
}
