import { findContradictions } from "./settings/contradictions.js";
import { readSettingFiles } from "./settings/files.js";
import { SETTING_NAMES, type Settings, settingSchema } from "./settings/schema.js";

/**
 * The process's settings. Every problem is reported at once, in words; no value of a secret is ever part of a message.
 */
export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** How clients reach this server; null: from host and port. */
  readonly publicUrl: string | null;
  readonly dataDir: string;
  /** A PostgreSQL shared by several instances; null: SQLite in dataDir. */
  readonly databaseUrl: string | null;
  readonly falKey: string | null;
  /** A fal-compatible server in fal's place. */
  readonly engineUrl: string | null;
  /** Whether the embedded engine's fault switches answer; for tests. */
  readonly engineControl: boolean;
  readonly maxUpstreamJobs: number;
  readonly startTimeoutSeconds: number;
  readonly reconcileWindowSeconds: number;
  readonly retentionDays: number;
  /** Whether a clip is looked at before its job is accepted. */
  readonly preflight: boolean;
  /** Whether results are copied from upstream to dataDir. */
  readonly archive: boolean;
  readonly corsOrigins: readonly string[];
  /** How callers prove who they are. */
  readonly auth:
    | { readonly mode: "none" }
    | { readonly mode: "keys"; readonly keys: readonly { readonly name: string; readonly sha256Hex: string }[] }
    | { readonly mode: "jwt"; readonly issuer: string; readonly audience: string; readonly jwksUrl: string };
  /** What callers may use up, each and all together; null: no limit. */
  readonly quotas: {
    readonly perCaller: LimitFigures;
    readonly total: LimitFigures;
    readonly pricePerJobUsd: number;
  };
  /** Addresses and ranges of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly introspection: "on" | "off" | "authenticated";
  readonly logLevel: string;
  /** How late the event loop may be before new work is refused; null: however late. */
  readonly maxLoopDelayMs: number | null;
  /** How long a server that is told to stop says so before it takes no more requests. */
  readonly shutdownNoticeSeconds: number;
  /** How long it may take after that, before it goes whatever is left. */
  readonly shutdownGraceSeconds: number;
  /** Who may read /metrics; null: nobody. A secret is known by its SHA-256. */
  readonly metricsReaders: "local" | "everyone" | { readonly sha256Hex: string } | null;
  readonly limits: {
    readonly maxRequestBytes: number;
    readonly maxDataUriBytes: number;
    readonly maxUploadBytes: number;
    readonly maxLogLines: number;
    readonly maxLogBytes: number;
    readonly runSeconds: number;
    readonly maxArchiveBytes: number;
  };
  /** What an operation may hold. */
  readonly documentLimits: {
    readonly maxTokens: number;
    readonly maxDepth: number;
    readonly maxFields: number;
    readonly maxAliases: number;
    readonly maxDirectives: number;
    readonly maxCost: number;
  };
  /** What one WebSocket may do. */
  readonly socketLimits: {
    readonly maxMessageBytes: number;
    readonly maxOperations: number;
    readonly maxMessagesPerSecond: number;
    readonly maxBufferedBytes: number;
  };
  /** How many WebSockets and event streams there may be. */
  readonly streamBounds: {
    readonly maxStreams: number;
    readonly maxStreamsPerClient: number;
  };
}

const LIMIT_NAMES = [
  "ACTIVE_JOBS",
  "JOBS_PER_HOUR",
  "JOBS_PER_DAY",
  "SPEND_PER_DAY",
  "UPLOAD_BYTES_PER_DAY",
  "SUBSCRIPTIONS",
  "REQUESTS_PER_MINUTE",
] as const;
export type LimitFigures = Readonly<Record<(typeof LIMIT_NAMES)[number], number | null>>;

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the settings; empty variables count as unset. Each can also be the content of a file, which keeps secrets out of
 * the environment: FAL_KEY_FILE names the file with FAL_KEY. Throws ConfigError naming every problem.
 */
export function loadConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== "");
  const { set, problems } = readSettingFiles(Object.fromEntries(given), SETTING_NAMES);
  const parsed = settingSchema.safeParse(set);
  problems.push(...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")}: ${issue.message}`));
  problems.push(...findContradictions(set));
  if (!parsed.success || problems.length > 0) {
    throw new ConfigError(`These settings can't be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  }
  const value = parsed.data;
  return Object.freeze({
    host: value.HOST,
    port: value.PORT,
    publicUrl: value.PUBLIC_URL ?? null,
    dataDir: value.DATA_DIR,
    databaseUrl: value.DATABASE_URL ?? null,
    falKey: value.FAL_KEY ?? null,
    engineUrl: value.ENGINE_URL ?? null,
    engineControl: value.ENGINE_CONTROL === "1",
    maxUpstreamJobs: value.MAX_UPSTREAM_JOBS,
    startTimeoutSeconds: value.START_TIMEOUT_SECONDS,
    reconcileWindowSeconds: value.RECONCILE_WINDOW_SECONDS,
    retentionDays: value.RETENTION_DAYS,
    preflight: value.PREFLIGHT,
    archive: value.ARCHIVE !== "off",
    corsOrigins: value.CORS_ORIGINS,
    auth: readAuth(value),
    quotas: {
      perCaller: readLimits(value, "LIMIT_"),
      total: readLimits(value, "LIMIT_TOTAL_"),
      pricePerJobUsd: value.PRICE_PER_JOB_USD,
    },
    trustedProxies: value.TRUST_PROXY,
    introspection: value.INTROSPECTION,
    logLevel: value.LOG_LEVEL,
    maxLoopDelayMs: value.MAX_LOOP_DELAY_MS || null,
    shutdownNoticeSeconds: value.SHUTDOWN_NOTICE_SECONDS,
    shutdownGraceSeconds: value.SHUTDOWN_GRACE_SECONDS,
    metricsReaders: readMetricsReaders(value),
    limits: {
      maxRequestBytes: value.MAX_REQUEST_BYTES,
      maxDataUriBytes: value.MAX_DATA_URI_BYTES,
      maxUploadBytes: value.MAX_UPLOAD_BYTES,
      maxLogLines: value.MAX_LOG_LINES,
      maxLogBytes: value.MAX_LOG_BYTES,
      runSeconds: value.LIMIT_RUN_SECONDS,
      maxArchiveBytes: value.MAX_ARCHIVE_BYTES,
    },
    documentLimits: {
      maxTokens: value.MAX_QUERY_TOKENS,
      maxDepth: value.MAX_QUERY_DEPTH,
      maxFields: value.MAX_QUERY_FIELDS,
      maxAliases: value.MAX_QUERY_ALIASES,
      maxDirectives: value.MAX_QUERY_DIRECTIVES,
      maxCost: value.MAX_QUERY_COST,
    },
    socketLimits: {
      maxMessageBytes: value.MAX_SOCKET_MESSAGE_BYTES,
      maxOperations: value.MAX_SOCKET_OPERATIONS,
      maxMessagesPerSecond: value.MAX_SOCKET_MESSAGES_PER_SECOND,
      maxBufferedBytes: value.MAX_SOCKET_BUFFER_BYTES,
    },
    streamBounds: { maxStreams: value.MAX_STREAMS, maxStreamsPerClient: value.MAX_STREAMS_PER_CLIENT },
  });
}

function readAuth(value: Settings): Config["auth"] {
  const { AUTH, API_KEYS = [], JWT_ISSUER = "", JWT_AUDIENCE = "", JWKS_URL = "" } = value;
  if (AUTH === "keys") return { mode: "keys", keys: API_KEYS };
  if (AUTH === "jwt") return { mode: "jwt", issuer: JWT_ISSUER, audience: JWT_AUDIENCE, jwksUrl: JWKS_URL };
  return { mode: "none" };
}

function readMetricsReaders({ METRICS, METRICS_KEY }: Settings): Config["metricsReaders"] {
  if (METRICS === "key") return { sha256Hex: METRICS_KEY?.sha256Hex ?? "" };
  return METRICS === "off" ? null : METRICS;
}

function readLimits(value: Settings, prefix: "LIMIT_" | "LIMIT_TOTAL_"): LimitFigures {
  return Object.fromEntries(
    LIMIT_NAMES.map((name) => [name, value[`${prefix}${name}`] ?? null]),
  ) as unknown as LimitFigures;
}
