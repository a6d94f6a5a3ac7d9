import { readFileSync } from "node:fs";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { countApi } from "../../src/metrics/api-metrics.js";
import { countJobs } from "../../src/metrics/job-metrics.js";
import { countLoad } from "../../src/metrics/load-metrics.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import { countStore } from "../../src/metrics/store-metrics.js";
import { countUpstream } from "../../src/metrics/upstream-metrics.js";
import { Observations } from "../../src/observations.js";
import { makeJob, SOME_OUTPUT } from "../support/make-job.js";

const LOAD = { jobs: [{ status: "IN_QUEUE", submission: "WAITING", count: 3 }], isPaused: true };

function everything(observations = new Observations()): Registry {
  const registry = new Registry();
  countJobs(registry, observations, 0.2);
  countUpstream(registry, observations);
  countStore(registry, observations);
  countApi(registry, observations);
  countLoad(
    registry,
    async () => LOAD,
    () => 20,
  );
  return registry;
}

/** What promtool's lint objects to, and what the conventions ask for besides. */
function lint({ name, help, type }: { name: string; help: string; type: unknown }): string[] {
  const rules: readonly [boolean, string][] = [
    [/^punchin_[a-z0-9]+(_[a-z0-9]+)*$/.test(name), "is not in snake_case under our prefix"],
    [help.trim().length > 0, "has no help"],
    [
      (type === "counter") === name.endsWith("_total"),
      "ends in _total without being a counter, or the other way round",
    ],
    [!/_(count|sum|bucket|info)$/.test(name), "has a suffix that is reserved"],
    [!/_(ms|milliseconds|us|minutes|hours|days|kb|kilobytes|mb|megabytes|percent)(_|$)/.test(name), "has no base unit"],
    [!/(gauge|counter|histogram|summary)/.test(name), "names its own type"],
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => `${name} ${fault}`);
}

it("names every family by Prometheus' conventions", async () => {
  const families = await everything().getMetricsAsJSON();

  expect(families.length).toBeGreaterThan(20);
  expect(families.flatMap((family) => lint(family as never))).toEqual([]);
});

it("has few values for every label, whatever callers and jobs there are", async () => {
  const observations = new Observations();
  const registry = everything(observations);
  const tell = (at: number) => {
    const job = makeJob({ createdAt: at, callerId: `caller ${at}` });
    observations.emit("job-step", { name: "accepted", before: null, after: job });
    const ended = { ...job, status: "COMPLETED", billed: "YES", finishedAt: at + 1_000, output: SOME_OUTPUT } as const;
    observations.emit("job-step", { name: "finished", before: job, after: ended });
    observations.emit("operation", { kind: "query", failed: false, durationMs: 1 });
    observations.emit("upstream-call", { kind: "status", status: 200, durationMs: 1 });
  };
  tell(1);
  const few = (await registry.metrics()).split("\n").length;

  for (let at = 2; at < 200; at++) tell(at);

  expect((await registry.metrics()).split("\n")).toHaveLength(few);
});

it("times each part of a job's way, and counts what it cost", async () => {
  const observations = new Observations();
  const registry = everything(observations);
  const accepted = makeJob({ createdAt: 0 });
  const submitted = { ...accepted, submission: "SUBMITTED", requestId: "r1", submittedAt: 2_000 } as const;
  const started = { ...submitted, status: "IN_PROGRESS", startedAt: 7_000 } as const;
  const again = { ...started, startedAt: 9_000 };
  const ended = { ...again, status: "COMPLETED", billed: "UNKNOWN", billableUnits: 2.5, finishedAt: 19_000 } as const;
  const steps = [accepted, submitted, started, again, ended];

  for (const [index, after] of steps.entries()) {
    observations.emit("job-step", { name: "any", before: steps[index - 1] ?? null, after });
  }
  // Evidence that comes late ends nothing twice.
  observations.emit("job-step", { name: "submitted", before: ended, after: ended });

  const text = await registry.metrics();
  for (const line of [
    "punchin_job_send_wait_seconds_sum 2",
    "punchin_job_queue_seconds_sum 5",
    "punchin_job_queue_seconds_count 1",
    "punchin_job_run_seconds_sum 10",
    'punchin_job_duration_seconds_sum{status="COMPLETED"} 19',
    'punchin_jobs_finished_total{status="COMPLETED",code="none"} 1',
    'punchin_spend_dollars_total{billed="UNKNOWN"} 0.2',
    "punchin_billable_units_total 2.5",
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});

it("tells of all the rest when the store does not answer", async () => {
  let broken = false;
  const describeLoad = async () => {
    if (broken) throw new Error("The store does not answer.");
    return LOAD;
  };
  const { read } = createMetrics({
    observations: new Observations(),
    describeLoad,
    loopDelayMs: () => 20,
    pricePerJobUsd: 1,
  });
  expect((await read()).text).toContain('punchin_jobs_unfinished{status="IN_QUEUE",submission="WAITING"} 3');

  broken = true;

  const { text } = await read();
  expect(text).not.toContain("punchin_jobs_unfinished{");
  expect(text).toContain("punchin_watchers 0");
  expect(text).toContain("punchin_event_loop_delay_seconds 0.02");
  expect(text).toContain("process_cpu_seconds_total");
});

it("has every family that the page about running at scale names, and is told of whole by it", async () => {
  const page = readFileSync("docs/running-at-scale.md", "utf8");
  const named = new Set([...page.matchAll(/\bpunchin_[a-z_]+/g)].map(([name]) => name));

  const families = (await everything().getMetricsAsJSON()).map(({ name }) => name);

  expect([...named].sort()).toEqual(families.sort());
});
