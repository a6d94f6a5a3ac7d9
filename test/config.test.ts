import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigError, loadConfig } from "../src/config.js";
import { NO_LIMITS } from "./support/open-access.js";
import { temporaryFolder } from "./support/temporary-folder.js";

function problemsOf(environment: NodeJS.ProcessEnv): string {
  try {
    loadConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("Expected the settings to be refused");
}

const HASH = "a".repeat(64);

describe("the settings", () => {
  it("work with nothing set", () => {
    expect(loadConfig({})).toEqual({
      host: "127.0.0.1",
      port: 4_000,
      publicUrl: null,
      dataDir: ".data",
      databaseUrl: null,
      falKey: null,
      engineUrl: null,
      engineControl: false,
      maxUpstreamJobs: 40,
      preflight: true,
      archive: false,
      startTimeoutSeconds: 3_600,
      reconcileWindowSeconds: 900,
      retentionDays: 30,
      corsOrigins: [],
      auth: { mode: "none" },
      quotas: {
        perCaller: { ...NO_LIMITS, SUBSCRIPTIONS: 10_000 },
        total: { ...NO_LIMITS, SUBSCRIPTIONS: 10_000 },
        pricePerJobUsd: 0.2,
      },
      trustedProxies: [],
      introspection: "on",
      logLevel: "info",
      maxLoopDelayMs: 200,
      shutdownNoticeSeconds: 0,
      shutdownGraceSeconds: 20,
      metricsReaders: "local",
      limits: {
        maxRequestBytes: 16 * 1024 * 1024,
        maxDataUriBytes: 10 * 1024 * 1024,
        maxUploadBytes: 90 * 1024 * 1024,
        maxLogLines: 10_000,
        maxLogBytes: 2 * 1024 * 1024,
        runSeconds: 1_800,
        maxArchiveBytes: 20_971_520_000,
      },
      documentLimits: {
        maxTokens: 1_000,
        maxDepth: 16,
        maxFields: 250,
        maxAliases: 30,
        maxDirectives: 10,
        maxCost: 75_000,
      },
      socketLimits: {
        maxMessageBytes: 1024 * 1024,
        maxOperations: 100,
        maxMessagesPerSecond: 10,
        maxBufferedBytes: 1024 * 1024,
      },
      streamBounds: { maxStreams: 5_000, maxStreamsPerClient: 1_000 },
    });
  });

  it("take what is set", () => {
    const config = loadConfig({
      HOST: "0.0.0.0",
      PORT: "0",
      PUBLIC_URL: "https://punchin.example/api/",
      DATA_DIR: "/var/lib/punchin",
      FAL_KEY: " abc-1:def_2\n",
      ENGINE_URL: "http://127.0.0.1:4100",
      ENGINE_CONTROL: "1",
      CORS_ORIGINS: "https://a.example, http://localhost:5173,",
      TRUST_PROXY: "127.0.0.1, fd00::/8",
      LOG_LEVEL: "silent",
      MAX_LOG_LINES: "20",
      AUTH: "none",
      ALLOW_ANONYMOUS: "true",
      LIMIT_SPEND_PER_DAY: "12.50",
      LIMIT_TOTAL_JOBS_PER_HOUR: "60",
      UNKNOWN: "ignored",
    });

    expect(config).toMatchObject({
      host: "0.0.0.0",
      port: 0,
      publicUrl: "https://punchin.example/api",
      dataDir: "/var/lib/punchin",
      falKey: "abc-1:def_2",
      engineUrl: "http://127.0.0.1:4100",
      engineControl: true,
      corsOrigins: ["https://a.example", "http://localhost:5173"],
      quotas: { perCaller: { SPEND_PER_DAY: 12.5 }, total: { JOBS_PER_HOUR: 60, SPEND_PER_DAY: null } },
      trustedProxies: ["127.0.0.1", "fd00::/8"],
      limits: { maxLogLines: 20 },
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("count empty and blank variables as unset", () => {
    expect(loadConfig({ PORT: "", FAL_KEY: " ", DATABASE_URL: "", AUTH: "\t" })).toEqual(loadConfig({}));
  });

  it.each([
    ["PORT", "65536", /whole number from 0 to 65535/],
    ["PORT", "-1", /whole number/],
    ["PORT", "4e3", /whole number/],
    ["MAX_UPSTREAM_JOBS", "0", /from 1 to 10000/],
    ["START_TIMEOUT_SECONDS", "1", /from 2 to 86400/],
    ["RECONCILE_WINDOW_SECONDS", "soon", /from 1 to 86400/],
    ["MAX_REQUEST_BYTES", "16MB", /whole number/],
    ["PUBLIC_URL", "punchin.example", /http\(s\) URL/],
    ["PUBLIC_URL", "https://punchin.example/?a=1", /without user, query or fragment/],
    ["ENGINE_URL", "ftp://engine.example", /http\(s\) URL/],
    ["ENGINE_CONTROL", "yes", /expected 0 or 1/],
    ["CORS_ORIGINS", "https://a.example/path", /origins like https:\/\/app\.example/],
    ["CORS_ORIGINS", "*", /origins like/],
    ["TRUST_PROXY", "10.0.0.0/33", /addresses or ranges/],
    ["TRUST_PROXY", "proxy.internal", /addresses or ranges/],
    ["TRUST_PROXY", "true", /addresses or ranges/],
    ["INTROSPECTION", "yes", /"on"\|"off"\|"authenticated"/],
    ["FAL_KEY_FILE", "/nowhere/key", /can't be read \(ENOENT\)/],
    ["LOG_LEVEL", "loud", /silent/],
    ["AUTH", "password", /none, keys or jwt/],
    ["ALLOW_ANONYMOUS", "yes", /true or false/],
    ["API_KEYS", "studio:abc", /sha256 of the secret/],
    ["API_KEYS", `studio:${HASH}`, /set that, or leave them out/],
    ["JWKS_URL", "https://issuer.example/keys", /set that, or leave it out/],
    ["LIMIT_ACTIVE_JOBS", "0", /from 1 to/],
    ["LIMIT_SPEND_PER_DAY", "0.19", /less than one job costs/],
    ["LIMIT_TOTAL_SPEND_PER_DAY", "$5", /dollars/],
    ["DATABASE_URL", "mysql://x", /expected postgres:/],
    ["DATABASE_URL", "postgres://x", /can't share an engine inside one of them: set FAL_KEY, or ENGINE_URL/],
  ])("refuse %s=%s", (name, value, words) => {
    const problems = problemsOf({ [name]: value });

    expect(problems).toMatch(words);
    expect(problems).toContain(`  ${name}: `);
  });

  it("refuse an archive for each instance of several, unless told that it is one folder", () => {
    const several = { DATABASE_URL: "postgres://db", FAL_KEY: "a:b" };

    expect(problemsOf({ ...several, ARCHIVE: "on" })).toMatch(/ARCHIVE: .* set ARCHIVE=shared/);
    expect(loadConfig({ ...several, ARCHIVE: "shared" }).archive).toBe(true);
    expect(loadConfig({ ARCHIVE: "on" }).archive).toBe(true);
  });

  it("can come from files, without their last line break", async () => {
    const file = join(await temporaryFolder(), "key");
    await writeFile(file, "abc-1:def_2\n");

    expect(loadConfig({ FAL_KEY_FILE: file }).falKey).toBe("abc-1:def_2");
    expect(problemsOf({ FAL_KEY_FILE: file, FAL_KEY: "abc-1:def_2" })).toMatch(/FAL_KEY_FILE: FAL_KEY is set too/);
  });

  it("never show what a file holds that is no setting", async () => {
    const file = join(await temporaryFolder(), "key");
    await writeFile(file, "sUp3r secret");

    expect(problemsOf({ FAL_KEY_FILE: file, DATABASE_URL_FILE: file })).not.toContain("sUp3r");
  });

  it("name every problem at once", () => {
    const problems = problemsOf({ PORT: "x", LOG_LEVEL: "x", AUTH: "ldap", ENGINE_URL: "x", MAX_LOG_LINES: "1" });

    expect(problems.split("\n")[0]).toBe("These settings can't be used:");
    expect(
      problems
        .match(/^ {2}\w+(?=:)/gm)
        ?.map((name) => name.trim())
        .sort(),
    ).toEqual(["AUTH", "ENGINE_URL", "LOG_LEVEL", "MAX_LOG_LINES", "PORT"].sort());
  });

  it("take several keys, also of one caller", () => {
    const { auth } = loadConfig({ AUTH: "keys", API_KEYS: `studio:${HASH}, studio:${"b".repeat(64)},radio:${HASH}` });

    expect(auth).toMatchObject({ mode: "keys", keys: [{ name: "studio" }, { name: "studio" }, { name: "radio" }] });
  });

  it.each([
    [{ AUTH: "keys" }, ["API_KEYS"]],
    [{ AUTH: "jwt", JWT_ISSUER: "https://issuer.example" }, ["JWT_AUDIENCE", "JWKS_URL"]],
  ])("name what %o lacks", (environment, lacking) => {
    const problems = problemsOf(environment);

    expect(lacking.filter((name) => !problems.includes(`  ${name}: AUTH=`))).toEqual([]);
  });

  it.each(["0.0.0.0", "::", "192.168.0.9", "punchin.example"])("don't let strangers on %s spend FAL_KEY", (HOST) => {
    const open = { HOST, FAL_KEY: "a:b" };

    expect(problemsOf(open)).toMatch(/anyone who reaches .* spends FAL_KEY's money/);
    expect(loadConfig({ ...open, ALLOW_ANONYMOUS: "true" }).auth).toEqual({ mode: "none" });
    expect(loadConfig({ ...open, AUTH: "keys", API_KEYS: `me:${HASH}` }).auth.mode).toBe("keys");
    expect(loadConfig({ HOST }).host).toBe(HOST);
  });

  it.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("let FAL_KEY be used by everyone on %s alone", (HOST) => {
    expect(loadConfig({ HOST, FAL_KEY: "a:b" }).falKey).toBe("a:b");
  });

  it.each([
    ["API_KEYS", "studio:sUp3r"],
    ["FAL_KEY", "sUp3r secret"],
    ["FAL_KEY", "only-a-secret"],
    ["DATABASE_URL", "postgres://me:sUp3r@db"],
    ["ENGINE_URL", "https://me:sUp3r@engine.example"],
    ["PUBLIC_URL", "https://me:sUp3r@punchin.example"],
  ])("never repeat a secret: %s", (name, value) => {
    expect(problemsOf({ [name]: value })).not.toMatch(/sUp3r|only-a-secret/);
  });
});

describe("METRICS", () => {
  it("says who may read them, and needs a key exactly when one is asked for", () => {
    expect(loadConfig({ METRICS: "key", METRICS_KEY: `metrics:${HASH}` }).metricsReaders).toMatchObject({
      sha256Hex: HASH,
    });
    expect(loadConfig({ METRICS: "everyone" }).metricsReaders).toBe("everyone");
    expect(loadConfig({ METRICS: "off" }).metricsReaders).toBeNull();
    expect(problemsOf({ METRICS: "key" })).toContain("METRICS_KEY: METRICS=key needs it");
    expect(problemsOf({ METRICS_KEY: `metrics:${HASH}` })).toContain("METRICS_KEY: METRICS=key needs it");
    expect(problemsOf({ METRICS: "key", METRICS_KEY: "plain" })).toContain("METRICS_KEY: expected <name>:<sha256");
  });
});
