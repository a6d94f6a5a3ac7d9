import { Counter, Histogram, type Registry } from "prom-client";
import type { Observations } from "../observations.js";

const CALL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Traffic with fal, or with the engine in its place. */
export function countUpstream(registry: Registry, observations: Observations): void {
  const registers = [registry];
  const submissions = new Counter({
    name: "punchin_submissions_total",
    help: "Submissions sent: accepted, refused (may be taken later), rejected (for good), unknown (no answer).",
    labelNames: ["outcome"],
    registers,
  });
  const calls = new Counter({
    name: "punchin_upstream_requests_total",
    help: "Requests to the engine, by what they were for and the answer's status; none: no answer.",
    labelNames: ["kind", "status"],
    registers,
  });
  const duration = new Histogram({
    name: "punchin_upstream_request_duration_seconds",
    help: "Until the headers of the answer.",
    labelNames: ["kind"],
    buckets: CALL_SECONDS,
    registers,
  });

  observations.on("submission", (outcome) => submissions.inc({ outcome }));
  observations.on("upstream-call", ({ kind, status, durationMs }) => {
    calls.inc({ kind, status: status ?? "none" });
    duration.observe({ kind }, durationMs / 1_000);
  });
}
