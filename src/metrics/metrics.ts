import { collectDefaultMetrics, Registry } from "prom-client";
import type { Observations } from "../observations.js";
import { countApi } from "./api-metrics.js";
import { countJobs } from "./job-metrics.js";
import { countLoad, type Load } from "./load-metrics.js";
import { countStore } from "./store-metrics.js";
import { countUpstream } from "./upstream-metrics.js";

export interface MetricsSources {
  readonly observations: Observations;
  /** Asked at each reading. */
  readonly describeLoad: () => Promise<Load>;
  readonly loopDelayMs: () => number;
  /** What a job counts as spent. */
  readonly pricePerJobUsd: number;
}

export interface Metrics {
  /** All of them in Prometheus' text format. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/**
 * Counts what the server tells of its work, from now on. Names follow Prometheus' conventions: the prefix `punchin_`,
 * base units, `_total` for counters; the values of every label are few and fixed. Those of the process itself are
 * prom-client's own (`process_…`, `nodejs_…`).
 */
export function createMetrics(sources: MetricsSources): Metrics {
  const { observations, describeLoad, loopDelayMs, pricePerJobUsd } = sources;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  countJobs(registry, observations, pricePerJobUsd);
  countUpstream(registry, observations);
  countStore(registry, observations);
  countApi(registry, observations);
  countLoad(registry, describeLoad, loopDelayMs);
  return { read: async () => ({ contentType: registry.contentType, text: await registry.metrics() }) };
}
