import { describe, expect, it } from "vitest";
import { ConfigError, loadConfig } from "../src/config.js";

function problemsOf(environment: NodeJS.ProcessEnv): string {
  try {
    loadConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("Expected the settings to be refused");
}

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
      logLevel: "info",
      limits: {
        maxRequestBytes: 16 * 1024 * 1024,
        maxDataUriBytes: 10 * 1024 * 1024,
        maxUploadBytes: 90 * 1024 * 1024,
        maxLogLines: 10_000,
        maxLogBytes: 2 * 1024 * 1024,
        runSeconds: 1_800,
        maxArchiveBytes: 20_971_520_000,
        maxSocketOperations: 100,
      },
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
      LOG_LEVEL: "silent",
      MAX_LOG_LINES: "20",
      AUTH: "none",
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
    ["LOG_LEVEL", "loud", /silent/],
    ["AUTH", "keys", /only AUTH=none/],
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

  it("name every problem at once", () => {
    const problems = problemsOf({ PORT: "x", LOG_LEVEL: "x", AUTH: "jwt", ENGINE_URL: "x", MAX_LOG_LINES: "1" });

    expect(problems.split("\n")[0]).toBe("These settings can't be used:");
    expect(
      problems
        .match(/^ {2}\w+(?=:)/gm)
        ?.map((name) => name.trim())
        .sort(),
    ).toEqual(["AUTH", "ENGINE_URL", "LOG_LEVEL", "MAX_LOG_LINES", "PORT"].sort());
  });

  it.each([
    ["FAL_KEY", "sUp3r secret"],
    ["FAL_KEY", "only-a-secret"],
    ["DATABASE_URL", "postgres://me:sUp3r@db"],
    ["ENGINE_URL", "https://me:sUp3r@engine.example"],
    ["PUBLIC_URL", "https://me:sUp3r@punchin.example"],
  ])("never repeat a secret: %s", (name, value) => {
    expect(problemsOf({ [name]: value })).not.toMatch(/sUp3r|only-a-secret/);
  });
});
