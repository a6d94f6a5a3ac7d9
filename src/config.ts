import { z } from "zod";

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
  readonly logLevel: string;
  readonly limits: {
    readonly maxRequestBytes: number;
    readonly maxDataUriBytes: number;
    readonly maxUploadBytes: number;
    readonly maxLogLines: number;
    readonly maxLogBytes: number;
    readonly runSeconds: number;
    readonly maxArchiveBytes: number;
    readonly maxSocketOperations: number;
  };
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const MEGABYTE = 1024 * 1024;

const whole = (from: number, to: number, otherwise: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${from} to ${to}`)
    .transform(Number)
    .refine((value) => value >= from && value <= to, `expected a whole number from ${from} to ${to}`)
    .default(otherwise);

const onOrOff = (otherwise: "on" | "off") =>
  z
    .enum(["on", "off"], "expected on or off")
    .default(otherwise)
    .transform((value) => value === "on");

const httpUrl = z
  .string()
  .refine((value) => /^https?:\/\/[^/?#@]+(?:\/[^?#]*)?$/.test(value) && URL.canParse(value), {
    message: "expected an http(s) URL without user, query or fragment",
  })
  .transform((value) => value.replace(/\/+$/, ""));

const schema = z.object({
  HOST: z.string().default("127.0.0.1"),
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
  CORS_ORIGINS: z
    .string()
    .transform((value) =>
      value
        .split(",")
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ""),
    )
    .refine(
      (origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
      "expected origins like https://app.example, comma separated",
    )
    .default([]),
  LOG_LEVEL: z.enum(["silent", "fatal", "error", "warn", "info", "debug", "trace"]).default("info"),
  MAX_REQUEST_BYTES: whole(1_000, 256 * MEGABYTE, 16 * MEGABYTE),
  MAX_DATA_URI_BYTES: whole(1, 90 * MEGABYTE, 10 * MEGABYTE),
  MAX_UPLOAD_BYTES: whole(1, 90 * MEGABYTE, 90 * MEGABYTE),
  MAX_LOG_LINES: whole(10, 100_000, 10_000),
  MAX_LOG_BYTES: whole(10_000, 64 * MEGABYTE, 2 * MEGABYTE),
  LIMIT_RUN_SECONDS: whole(10, 86_400, 1_800),
  MAX_ARCHIVE_BYTES: whole(1, 2 ** 50, 20_000 * MEGABYTE),
  MAX_SOCKET_OPERATIONS: whole(1, 10_000, 100),
  AUTH: z.literal("none", "only AUTH=none is offered by this version").default("none"),
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

/** Reads the settings; empty variables count as unset. Throws ConfigError naming every problem. */
export function loadConfig(environment: NodeJS.ProcessEnv): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ""),
  );
  const parsed = schema.safeParse(set);
  const problems = (parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  if (set.DATABASE_URL !== undefined && set.FAL_KEY === undefined && set.ENGINE_URL === undefined) {
    problems.push(
      "DATABASE_URL: instances that share a database can't share an engine inside one of them: set FAL_KEY, or ENGINE_URL to an engine of its own (npm run engine)",
    );
  }
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
    logLevel: value.LOG_LEVEL,
    limits: {
      maxRequestBytes: value.MAX_REQUEST_BYTES,
      maxDataUriBytes: value.MAX_DATA_URI_BYTES,
      maxUploadBytes: value.MAX_UPLOAD_BYTES,
      maxLogLines: value.MAX_LOG_LINES,
      maxLogBytes: value.MAX_LOG_BYTES,
      runSeconds: value.LIMIT_RUN_SECONDS,
      maxArchiveBytes: value.MAX_ARCHIVE_BYTES,
      maxSocketOperations: value.MAX_SOCKET_OPERATIONS,
    },
  });
}
