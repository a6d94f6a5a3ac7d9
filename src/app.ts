import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { DestinationStream } from "pino";
import type { Config } from "./config.js";
import { createEngine } from "./engine/engine.js";
import { type LoopDelay, watchLoopDelay } from "./http/loop-delay.js";
import type { MetricsOptions } from "./http/metrics-route.js";
import { createHttpServer } from "./http/server.js";
import { createLogger } from "./logging/create-logger.js";
import { logJobs } from "./logging/log-jobs.js";
import { createMetrics, type MetricsSources } from "./metrics/metrics.js";
import { Observations } from "./observations.js";
import type { OutboundPolicy } from "./outbound/outbound.js";
import { buildApiSchema } from "./resolvers/build-schema.js";
import { createServices } from "./services/create-services.js";
import { FalQueue } from "./services/fal/fal-queue.js";
import {
  type EngineAddresses,
  FAL_STORAGE_ORIGINS,
  type FalHosts,
  falHosts,
  localHosts,
} from "./services/fal/hosts.js";
import { migrate } from "./services/store/migrations.js";
import { openPostgres } from "./services/store/postgres.js";
import { openSqlite } from "./services/store/sqlite.js";

/** Beside the compiled code, wherever it runs from. */
const PAGES = fileURLToPath(new URL("../dist/web", import.meta.url));

export interface App {
  /** Where clients reach the server. */
  readonly url: string;
  /** What does the inpainting, in words for a person. */
  readonly engine: string;
  /**
   * To be called before `close` where others serve on: says at /readyz that this server stops, and starts nothing for
   * waiting jobs any more, but answers whatever still comes. Resolves after SHUTDOWN_NOTICE_SECONDS.
   */
  drain(): Promise<void>;
  /** Stops cleanly: jobs go on upstream, and are followed again after the next start. */
  close(): Promise<void>;
}

export interface AppOptions {
  /** Where log lines go; default: stderr. */
  readonly logTo?: DestinationStream;
  /** Where URLs that callers name may lead; default: the public internet. */
  readonly outboundPolicy?: OutboundPolicy;
  /** Where fal's hosts lead; default: what the settings say. */
  readonly hosts?: FalHosts;
  /** After how many uses a query is compiled; null: never. */
  readonly compileAfterUses?: number | null;
  /** How long a call of upstream may take; default: see FalQueue. */
  readonly callTimeoutMs?: number;
}

/** Puts the parts together and serves. Rejects with words for the operator when that is not possible. */
export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  const { logTo, outboundPolicy = {} } = options;
  const isTerminal = process.stderr.isTTY;
  const { logger, flush } = createLogger({ level: config.logLevel, destination: logTo, isTerminal });
  const observations = new Observations();
  const draining = new AbortController();
  logJobs(observations, logger);
  const opened: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    const failures: unknown[] = [];
    for (const close of opened.reverse()) await close().catch((error: unknown) => failures.push(error));
    flush();
    if (failures.length > 0) throw failures[0];
  };
  const loopDelay = watchLoopDelay();
  opened.push(async () => loopDelay.close());
  let closing: Promise<void> | undefined;
  try {
    const database =
      config.databaseUrl === null ? openSqlite(config.dataDir) : await openPostgres(config.databaseUrl, logger);
    opened.push(() => database.close());
    await migrate(database);

    const embedded = config.engineUrl === null && config.falKey === null;
    // A result is kept as long as the job that names it.
    const retentionMs = config.retentionDays * 24 * 60 * 60 * 1_000;
    const dataDir = join(config.dataDir, "engine");
    const control = config.engineControl;
    const engine = embedded ? createEngine({ dataDir, logger, retentionMs, control, outboundPolicy }) : null;
    if (engine) opened.push(() => engine.close());
    const addresses: EngineAddresses = { engineUrl: config.engineUrl ?? "", publicUrl: config.publicUrl };
    const hosts = config.engineUrl === null && config.falKey !== null ? falHosts(config.falKey) : localHosts(addresses);
    const queue = new FalQueue(options.hosts ?? hosts, options.callTimeoutMs, observations);
    opened.push(() => queue.close());

    // The embedded engine keeps its results as long as the jobs that name them.
    const archiveDir = config.archive && !embedded ? join(config.dataDir, "archive") : null;
    let url = config.publicUrl ?? "";
    const services = createServices({
      database,
      queue,
      logger,
      observations,
      clock: Date.now,
      outboundPolicy,
      baseUrl: () => url,
      settings: { ...config, ...config.limits, archiveDir },
    });
    opened.push(() => services.close());
    const server = await createHttpServer({
      ...config,
      schema: await buildApiSchema(),
      services,
      logger,
      observations,
      overload: config.maxLoopDelayMs === null ? undefined : { limitMs: config.maxLoopDelayMs, delay: loopDelay },
      draining: draining.signal,
      closeGraceMs: (config.shutdownGraceSeconds * 1_000) / 4,
      compileAfterUses: options.compileAfterUses,
      metrics: metricsOptions(config, { observations, describeLoad: services.describeLoad, loopDelay }),
      pages: { folder: PAGES, audioOrigins: audioOrigins(config), hasExplorer: config.introspection !== "off" },
      bodyLimitBytes: config.limits.maxRequestBytes,
    });
    opened.push(() => server.close());
    if (engine) await server.register(engine.fileRoutes);
    const started = gate();
    server.addHook("onRequest", () => started.passed);
    await listen(() => server.listen({ host: config.host, port: config.port }), config);

    url ||= urlOf(server.server.address() as AddressInfo);
    if (engine) {
      const { url: engineUrl } = await engine.listen({ host: "127.0.0.1", port: 0, publicUrl: url });
      Object.assign(addresses, { engineUrl, publicUrl: url });
      if (control) logger.warn({ engineUrl }, "the embedded engine's fault switches answer at /control");
    }
    await services.start();
    started.open();
    return {
      url,
      engine: describe(config),
      async drain() {
        draining.abort();
        services.drain();
        await delay(config.shutdownNoticeSeconds * 1_000);
      },
      close: () => (closing ??= closeAll()),
    };
  } catch (error) {
    // Why it did not start matters more than what else went wrong.
    await closeAll().catch(() => {});
    throw error;
  }
}

/** Nothing is counted where nobody may read it. */
function metricsOptions(
  { metricsReaders: readers, quotas }: Config,
  { loopDelay, ...sources }: Pick<MetricsSources, "observations" | "describeLoad"> & { loopDelay: LoopDelay },
): MetricsOptions | undefined {
  if (readers === null) return undefined;
  const loopDelayMs = () => loopDelay.milliseconds;
  const { read } = createMetrics({ ...sources, loopDelayMs, pricePerJobUsd: quotas.pricePerJobUsd });
  return { read, readers };
}

/** Requests that come while the parts are still starting wait here. */
function gate(): { passed: Promise<void>; open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** Where browsers send audio to and get it from, besides this server. */
function audioOrigins({ engineUrl, falKey }: Config): readonly string[] {
  if (engineUrl !== null) return [new URL(engineUrl).origin];
  return falKey === null ? [] : FAL_STORAGE_ORIGINS;
}

function describe(config: Config): string {
  if (config.engineUrl !== null) return `fal-compatible server at ${new URL(config.engineUrl).origin}`;
  return config.falKey === null ? "embedded engine" : "fal.ai";
}

async function listen(start: () => Promise<unknown>, { host, port }: Config): Promise<void> {
  try {
    await start();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EADDRINUSE") {
      throw new Error(
        `Port ${port} on ${host} is already in use. Stop what uses it, or set PORT to another one (0: any free port).`,
        { cause: error },
      );
    }
    throw new Error(`Can't listen on ${host}:${port} (${code ?? (error as Error).message}). Check HOST and PORT.`, {
      cause: error,
    });
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  const reachable = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  return `http://${family === "IPv6" ? `[${reachable}]` : reachable}:${port}`;
}
