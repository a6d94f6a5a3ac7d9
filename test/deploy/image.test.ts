import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.js";
import { SETTING_NAMES } from "../../src/settings/schema.js";

const run = promisify(execFile);
const dockerfile = readFileSync("Dockerfile", "utf8");
const compose = readFileSync("compose.yaml", "utf8");

describe("the image", () => {
  it("starts by its command, is healthy by its health check, answers, and stops", async () => {
    const { stdout } = await run(process.execPath, ["scripts/check-image.mjs", "--as-installed"]);

    expect(stdout).toContain("work");
  });

  it("runs as nobody special, from a base of the Node that package.json asks for, without a build tool", () => {
    const last = dockerfile.split(/^FROM /m).at(-1) ?? "";

    expect(last).toMatch(/^USER node$/m);
    expect(last.indexOf("USER node")).toBeLessThan(last.indexOf("CMD"));
    expect(last).toMatch(/^node:20-/);
    expect(last).not.toMatch(/npm |COPY \. /);
  });

  it("sets only what is a setting, and what loadConfig takes", () => {
    const set = Object.fromEntries(
      [...dockerfile.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
    );

    expect(Object.keys(set).filter((name) => name !== "NODE_ENV" && !SETTING_NAMES.includes(name))).toEqual([]);
    expect(loadConfig(set)).toMatchObject({ host: "0.0.0.0", dataDir: "/data", shutdownNoticeSeconds: 3 });
  });
});

describe("compose.yaml", () => {
  const GIVEN: Readonly<Record<string, string>> = {
    POSTGRES_PASSWORD: "secret",
    FAL_KEY: "id:secret",
    API_KEYS: `me:${"a".repeat(64)}`,
  };
  const block = /^ {2}environment:\n((?: {4}.*\n)+)/m.exec(compose)?.[1] ?? "";
  const settings = Object.fromEntries(
    [...block.matchAll(/^ {4}(\w+): "(.*)"$/gm)].map(([, name = "", value = ""]) => [
      name,
      value.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, given, kind, otherwise) =>
        kind === "?" ? (GIVEN[given] ?? "") : otherwise,
      ),
    ]),
  );

  it("gives the instances settings with which the image starts", () => {
    expect(Object.keys(settings).length).toBeGreaterThan(5);
    expect(loadConfig({ HOST: "0.0.0.0", ...settings })).toMatchObject({
      databaseUrl: "postgres://punchin:secret@database/punchin",
      auth: { mode: "keys" },
      publicUrl: "http://localhost:8080",
    });
  });

  it("leaves an instance more time to stop than it may take", () => {
    const { shutdownNoticeSeconds, shutdownGraceSeconds } = loadConfig({ HOST: "0.0.0.0", ...settings });

    const given = Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1]);

    expect(given).toBeGreaterThan(shutdownNoticeSeconds + shutdownGraceSeconds);
  });
});
