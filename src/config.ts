import { z } from "zod";
import { readSettingFiles } from "./setting-files.js";
import {
  apiKeyEntries,
  apiKeyEntry,
  commaSeparated,
  httpUrl,
  isAddressRange,
  isOrigin,
  limit,
  onOrOff,
  usd,
  whole,
} from "./setting-kinds.js";

/**
 * The process's settings. Each variable stands here with its default and meaning, once; `.env.example` and the README
 * table follow it. Every problem is reported at once, in words; no value of a secret is ever part of a message.
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

const MEGABYTE = 1024 * 1024;
const DEFAULT_HOST = "127.0.0.1";
/** What fal asks for a job at the time of writing. */
const DEFAULT_PRICE_USD = 0.2;
/** More than one person follows, few enough for one process. */
const DEFAULT_SUBSCRIPTIONS = 10_000;

const schema = z.object({
  HOST: z.string().default(DEFAULT_HOST),
  PORT: whole(0, 65_535, 4_000),
  PUBLIC_URL: httpUrl.optional(),
  DATA_DIR: z.string().default(".data"),
  FAL_KEY: z
    .string()
    .transform((value) => value.trim())
    .refine((value) => /^[\w-]+:[\w-]+$/.test(value), "expected <key id>:<key secret>, as fal's dashboard shows it")
    .optional(),
  ENGINE_URL: httpUrl.optional(),
  ENGINE_CONTROL: z.enum(["0", "1"], "expected 0 or 1").default("0"),
  MAX_UPSTREAM_JOBS: whole(1, 10_000, 40),
  START_TIMEOUT_SECONDS: whole(2, 86_400, 3_600),
  RECONCILE_WINDOW_SECONDS: whole(1, 86_400, 900),
  RETENTION_DAYS: whole(1, 36_500, 30),
  PREFLIGHT: onOrOff("on"),
  ARCHIVE: z.enum(["on", "off", "shared"], "expected on, off or shared").default("off"),
  CORS_ORIGINS: commaSeparated(isOrigin, "expected origins like https://app.example, comma separated"),
  TRUST_PROXY: commaSeparated(isAddressRange, "expected addresses or ranges like 10.0.0.0/8, comma separated"),
  INTROSPECTION: z.enum(["on", "off", "authenticated"]).default("on"),
  LOG_LEVEL: z.enum(["silent", "fatal", "error", "warn", "info", "debug", "trace"]).default("info"),
  MAX_LOOP_DELAY_MS: whole(0, 60_000, 200),
  SHUTDOWN_NOTICE_SECONDS: whole(0, 3_600, 0),
  SHUTDOWN_GRACE_SECONDS: whole(1, 3_600, 20),
  METRICS: z.enum(["local", "key", "everyone", "off"], "expected local, key, everyone or off").default("local"),
  METRICS_KEY: apiKeyEntry.optional(),
  MAX_REQUEST_BYTES: whole(1_000, 256 * MEGABYTE, 16 * MEGABYTE),
  MAX_DATA_URI_BYTES: whole(1, 90 * MEGABYTE, 10 * MEGABYTE),
  MAX_UPLOAD_BYTES: whole(1, 90 * MEGABYTE, 90 * MEGABYTE),
  MAX_LOG_LINES: whole(10, 100_000, 10_000),
  MAX_LOG_BYTES: whole(10_000, 64 * MEGABYTE, 2 * MEGABYTE),
  LIMIT_RUN_SECONDS: whole(10, 86_400, 1_800),
  MAX_ARCHIVE_BYTES: whole(1, 2 ** 50, 20_000 * MEGABYTE),
  MAX_SOCKET_OPERATIONS: whole(1, 10_000, 100),
  MAX_SOCKET_MESSAGE_BYTES: whole(1_000, 256 * MEGABYTE, MEGABYTE),
  MAX_SOCKET_MESSAGES_PER_SECOND: whole(1, 100_000, 10),
  MAX_SOCKET_BUFFER_BYTES: whole(1_000, 256 * MEGABYTE, MEGABYTE),
  MAX_STREAMS: whole(1, 1_000_000, 5_000),
  MAX_STREAMS_PER_CLIENT: whole(1, 1_000_000, 1_000),
  MAX_QUERY_TOKENS: whole(1, 1_000_000, 1_000),
  MAX_QUERY_DEPTH: whole(1, 1_000, 16),
  MAX_QUERY_FIELDS: whole(1, 100_000, 250),
  MAX_QUERY_ALIASES: whole(0, 10_000, 30),
  MAX_QUERY_DIRECTIVES: whole(0, 10_000, 10),
  MAX_QUERY_COST: whole(1, 1_000_000_000, 75_000),
  AUTH: z.enum(["none", "keys", "jwt"], "expected none, keys or jwt").default("none"),
  ALLOW_ANONYMOUS: z.enum(["true", "false"], "expected true or false").default("false"),
  API_KEYS: apiKeyEntries.optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWKS_URL: httpUrl.optional(),
  PRICE_PER_JOB_USD: usd.default(DEFAULT_PRICE_USD),
  LIMIT_ACTIVE_JOBS: limit,
  LIMIT_JOBS_PER_HOUR: limit,
  LIMIT_JOBS_PER_DAY: limit,
  LIMIT_SPEND_PER_DAY: usd.optional(),
  LIMIT_UPLOAD_BYTES_PER_DAY: limit,
  LIMIT_SUBSCRIPTIONS: whole(1, 1_000_000, DEFAULT_SUBSCRIPTIONS),
  LIMIT_REQUESTS_PER_MINUTE: limit,
  LIMIT_TOTAL_ACTIVE_JOBS: limit,
  LIMIT_TOTAL_JOBS_PER_HOUR: limit,
  LIMIT_TOTAL_JOBS_PER_DAY: limit,
  LIMIT_TOTAL_SPEND_PER_DAY: usd.optional(),
  LIMIT_TOTAL_UPLOAD_BYTES_PER_DAY: limit,
  LIMIT_TOTAL_SUBSCRIPTIONS: whole(1, 1_000_000, DEFAULT_SUBSCRIPTIONS),
  LIMIT_TOTAL_REQUESTS_PER_MINUTE: limit,
  DATABASE_URL: z
    .string()
    .refine(
      (value) => /^postgres(?:ql)?:\/\//.test(value) && URL.canParse(value),
      "expected postgres://user:password@host/database",
    )
    .optional(),
});

/** Every variable that is read, as README and .env.example list them. */
export const SETTING_NAMES: readonly string[] = Object.keys(schema.shape);

/**
 * Reads the settings; empty variables count as unset. Each can also be the content of a file, which keeps secrets out of
 * the environment: FAL_KEY_FILE names the file with FAL_KEY. Throws ConfigError naming every problem.
 */
export function loadConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== "");
  const { set, problems } = readSettingFiles(Object.fromEntries(given), SETTING_NAMES);
  const parsed = schema.safeParse(set);
  problems.push(...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")}: ${issue.message}`));
  if (set.DATABASE_URL !== undefined && set.FAL_KEY === undefined && set.ENGINE_URL === undefined) {
    problems.push(
      "DATABASE_URL: instances that share a database can't share an engine inside one of them: set FAL_KEY, or ENGINE_URL to an engine of its own (npm run engine)",
    );
  }
  problems.push(...accessProblems(set), ...spendProblems(set));
  if (set.DATABASE_URL !== undefined && set.ARCHIVE === "on") {
    problems.push(
      "ARCHIVE: instances that share a database must keep results in one folder: put DATA_DIR on storage that all of them see and set ARCHIVE=shared",
    );
  }
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

type Settings = z.infer<typeof schema>;

/** What would let strangers in, or keep everybody out. */
function accessProblems(set: NodeJS.ProcessEnv): string[] {
  const { AUTH = "none", HOST = DEFAULT_HOST, FAL_KEY, ALLOW_ANONYMOUS, API_KEYS } = set;
  const { JWT_ISSUER, JWT_AUDIENCE, JWKS_URL } = set;
  const problems: string[] = [];
  if (AUTH === "none" && FAL_KEY !== undefined && !isLoopback(HOST) && ALLOW_ANONYMOUS !== "true") {
    problems.push(
      `AUTH: with AUTH=none anyone who reaches ${HOST} spends FAL_KEY's money: set AUTH=keys and API_KEYS (npm run key makes one), or ALLOW_ANONYMOUS=true if something in front decides who may`,
    );
  }
  if (AUTH === "keys" && API_KEYS === undefined) {
    problems.push("API_KEYS: AUTH=keys needs at least one; npm run key makes one");
  }
  if (AUTH !== "keys" && API_KEYS !== undefined) {
    problems.push("API_KEYS: they are looked at with AUTH=keys alone: set that, or leave them out");
  }
  if ((set.METRICS === "key") !== (set.METRICS_KEY !== undefined)) {
    problems.push("METRICS_KEY: METRICS=key needs it, and nothing else does; npm run key -- metrics makes one");
  }
  for (const [name, given] of Object.entries({ JWT_ISSUER, JWT_AUDIENCE, JWKS_URL })) {
    if (AUTH === "jwt" && given === undefined) problems.push(`${name}: AUTH=jwt needs it`);
    if (AUTH !== "jwt" && given !== undefined) {
      problems.push(`${name}: it is looked at with AUTH=jwt alone: set that, or leave it out`);
    }
  }
  return problems;
}

function spendProblems(set: NodeJS.ProcessEnv): string[] {
  const price = Number(set.PRICE_PER_JOB_USD ?? DEFAULT_PRICE_USD);
  return ["LIMIT_SPEND_PER_DAY", "LIMIT_TOTAL_SPEND_PER_DAY"]
    .filter((name) => Number(set[name]) < price)
    .map((name) => `${name}: less than one job costs (PRICE_PER_JOB_USD), so no job would ever be accepted`);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
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
