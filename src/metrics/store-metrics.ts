import { Counter, Histogram, type Registry } from "prom-client";
import type { Observations } from "../observations.js";

/** A commit on a good disk takes a tenth of a millisecond to some milliseconds. */
const STORE_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];

/** The store, and how far its watchers are behind what happens. */
export function countStore(registry: Registry, observations: Observations): void {
  const registers = [registry];
  const duration = new Histogram({
    name: "punchin_store_operation_duration_seconds",
    help: "Each use of the database, waiting for a connection included.",
    labelNames: ["operation"],
    buckets: STORE_SECONDS,
    registers,
  });
  const failures = new Counter({
    name: "punchin_store_failures_total",
    help: "Uses of the database that failed; a transaction that a limit refused is one, too.",
    labelNames: ["operation"],
    registers,
  });
  const batch = new Histogram({
    name: "punchin_store_batch_steps",
    help: "Steps of jobs that shared one durable commit.",
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
    registers,
  });
  const lag = new Histogram({
    name: "punchin_event_lag_seconds",
    help: "From an event, by its instance's clock, until this instance knows it for its watchers.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });

  observations.on("store-use", ({ operation, durationMs, failed }) => {
    duration.observe({ operation }, durationMs / 1_000);
    if (failed) failures.inc({ operation });
  });
  observations.on("batch-written", ({ steps }) => batch.observe(steps));
  observations.on("event-learnt", ({ lagMs }) => lag.observe(Math.max(0, lagMs) / 1_000));
}
