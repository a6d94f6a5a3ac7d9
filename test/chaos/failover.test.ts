import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres } from "../support/postgres.js";
import { tinyWav } from "./audio.js";
import { openScene } from "./scene.js";
import { until } from "./timing.js";
import { isTerminal } from "./watcher.js";

let postgres: Awaited<ReturnType<typeof startPostgres>>;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

test("when its owner is killed, a job's updates go on within 5 s on the other instance", async (context) => {
  const { world, load, a, b, expectPromisesKept } = await openScene(context, postgres.url, "failover");
  const followers = new Map<string, string>();
  world.proxy.tap = async ({ call, moment, instance, path }) => {
    const requestId = /requests\/([^/]+)\//.exec(path)?.[1];
    if (call === "stream" && moment === "answered" && requestId) followers.set(requestId, instance);
    return "go-on";
  };
  const audioUrl = await load.upload(tinyWav(90));
  const jobs = Array.from({ length: 8 }, () => load.add({ audioUrl, cancel: null, watchers: [a, b] }));
  const followerOf = (job: (typeof jobs)[number]) => followers.get(job.watchers[0]?.last?.job.requestId ?? "");
  await until(
    20_000,
    () => jobs.every((job) => job.watchers.length === 2 && followerOf(job)),
    () => "not all jobs are followed",
  );

  const victim = [...followers.values()].at(-1) === a.name ? a : b;
  const survivorIndex = victim === a ? 1 : 0;
  const orphaned = jobs
    .filter((job) => followerOf(job) === victim.name)
    .flatMap((job) => job.watchers.slice(survivorIndex, survivorIndex + 1))
    .filter(({ last }) => last && !isTerminal(last.status));
  await victim.kill();
  const killedAt = performance.now();
  expect(orphaned.length).toBeGreaterThan(0);
  await until(
    5_000,
    () => orphaned.every(({ lastUpdateAt }) => lastUpdateAt > killedAt + 100),
    () => `of ${orphaned.length} jobs, not all went on: ${orphaned.map(({ lastUpdateAt }) => lastUpdateAt - killedAt)}`,
  );
  await expectPromisesKept();
});
