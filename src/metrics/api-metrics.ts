import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Observations } from "../observations.js";

const OPERATION_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** What callers ask for and what stays open for them, on this instance. */
export function countApi(registry: Registry, observations: Observations): void {
  const registers = [registry];
  const operations = new Counter({
    name: "punchin_operations_total",
    help: "GraphQL operations over all transports; invalid ones were never run.",
    labelNames: ["kind", "outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "punchin_operation_duration_seconds",
    help: "Until the result, for a subscription until it has started.",
    labelNames: ["kind"],
    buckets: OPERATION_SECONDS,
    registers,
  });
  const documents = new Counter({
    name: "punchin_document_lookups_total",
    help: "GraphQL documents that were known already (hit), and those that had to be checked (miss).",
    labelNames: ["result"],
    registers,
  });
  const streams = new Gauge({
    name: "punchin_streams",
    help: "Connections that stay open.",
    labelNames: ["transport"],
    registers,
  });
  const watchers = new Gauge({ name: "punchin_watchers", help: "Subscriptions that follow a job.", registers });
  const refusals = new Counter({
    name: "punchin_limit_refusals_total",
    help: "Requests that met a limit (LIMIT_…).",
    labelNames: ["limit"],
    registers,
  });

  const overload = new Counter({
    name: "punchin_overload_refusals_total",
    help: "Requests, sockets and operations refused because the event loop was late (MAX_LOOP_DELAY_MS).",
    registers,
  });

  observations.on("overload-refused", () => overload.inc());
  observations.on("operation", ({ kind, failed, durationMs }) => {
    operations.inc({ kind, outcome: failed ? "error" : "ok" });
    duration.observe({ kind }, durationMs / 1_000);
  });
  observations.on("document-looked-up", ({ known }) => documents.inc({ result: known ? "hit" : "miss" }));
  observations.on("stream-opened", ({ transport }) => streams.inc({ transport }));
  observations.on("stream-closed", ({ transport }) => streams.dec({ transport }));
  observations.on("watch-started", () => watchers.inc());
  observations.on("watch-ended", () => watchers.dec());
  observations.on("limit-reached", ({ limit }) => refusals.inc({ limit }));
}
