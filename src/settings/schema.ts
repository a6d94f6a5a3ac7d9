import { z } from "zod";
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
} from "./kinds.js";

const MEGABYTE = 1024 * 1024;
export const DEFAULT_HOST = "127.0.0.1";
/** What fal asks for a job at the time of writing. */
export const DEFAULT_PRICE_USD = 0.2;
/** More than one person follows, few enough for one process. */
const DEFAULT_SUBSCRIPTIONS = 10_000;

/** Each variable with its default and range, once; `.env.example` and the README table follow it. */
export const settingSchema = z.object({
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

export type Settings = z.infer<typeof settingSchema>;

/** Every variable that is read, as README and .env.example list them. */
export const SETTING_NAMES: readonly string[] = Object.keys(settingSchema.shape);
