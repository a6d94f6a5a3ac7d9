import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SOURCES = fileURLToPath(new URL("../src", import.meta.url));

interface SourceFile {
  /** Path below src/, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Files of ours it imports, as paths below src/. */
  readonly ours: readonly string[];
  /** Packages and Node modules it imports, by name. */
  readonly packages: readonly string[];
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

function readSource(file: string): SourceFile {
  const text = readFileSync(file, "utf8");
  const names = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
  const isOurs = (name: string) => name.startsWith(".");
  return {
    path: below(file),
    text,
    ours: names.filter(isOurs).map((name) => below(resolve(dirname(file), name)).replace(/\.js$/, ".ts")),
    packages: names.filter((name) => !isOurs(name)),
  };
}

function below(file: string): string {
  return relative(SOURCES, file).split(sep).join("/");
}

const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readSource(join(SOURCES, name)));

function filesIn(...folders: string[]): SourceFile[] {
  return files.filter(({ path }) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`)));
}

/** "file → import" for each import of ours outside the allowed folders or files. */
function strayImports(from: readonly SourceFile[], allowed: readonly string[]): string[] {
  return from.flatMap(({ path, ours }) =>
    ours
      .filter((target) => !allowed.some((place) => target === place || target.startsWith(`${place}/`)))
      .map((target) => `${path} → ${target}`),
  );
}

function importersOf(packageName: string): string[] {
  return files
    .filter(({ packages }) => packages.some((name) => name === packageName || name.startsWith(`${packageName}/`)))
    .map(({ path }) => path);
}

describe("the architecture", () => {
  it("is seen by this test: every file's imports lead to files that exist", () => {
    const paths = new Set(files.map(({ path }) => path));
    const lost = files.flatMap(({ path, ours }) =>
      ours.filter((target) => target.endsWith(".ts") && !paths.has(target)).map((target) => `${path} → ${target}`),
    );

    expect(files.length).toBeGreaterThan(100);
    expect(files.find(({ path }) => path === "app.ts")?.ours).toContain("services/create-services.ts");
    expect(lost).toEqual([]);
  });

  it.each<[string, string[]]>([
    ["main.ts", ["app.ts", "config.ts"]],
    [
      "app.ts",
      [
        "config.ts",
        "engine/engine.ts",
        "http",
        "logging",
        "metrics",
        "observations.ts",
        "outbound",
        "resolvers",
        "schema",
        "services",
      ],
    ],
    ["logging", ["logging", "observations.ts"]],
    ["metrics", ["metrics", "observations.ts", "services/job.ts"]],
    ["observations.ts", ["services/job.ts"]],
    ["create-key", ["services/access"]],
    ["rotate-keys", ["config.ts", "services"]],
    ["config.ts", ["settings"]],
    ["settings", ["settings"]],
    ["errors.ts", []],
    [
      "http",
      [
        "http",
        "files",
        "inbound",
        "resolvers",
        "schema",
        "services/services.ts",
        "services/job.ts",
        "errors.ts",
        "observations.ts",
      ],
    ],
    ["resolvers", ["resolvers", "schema", "services/services.ts", "services/job.ts", "errors.ts"]],
    ["schema", ["schema", "services/services.ts", "services/job.ts"]],
    ["services", ["services", "outbound", "files/sync-folder.ts", "errors.ts", "observations.ts"]],
    ["services/store", ["services/store", "services/services.ts", "services/job.ts", "errors.ts", "observations.ts"]],
    ["services/fal", ["services/fal", "services/job.ts", "services/job-state.ts", "observations.ts"]],
    ["engine", ["engine", "files", "inbound", "outbound"]],
    ["engine/inpainting", ["engine/inpainting"]],
    ["inbound", ["inbound"]],
    ["outbound", ["outbound"]],
    ["files", ["files"]],
    ["operations", []],
  ])("lets %s import only what stands below it", (place, allowed) => {
    expect(filesIn(place)).not.toEqual([]);
    expect(strayImports(filesIn(place), allowed)).toEqual([]);
  });

  it("lets only app.ts know the engine", () => {
    const importers = files
      .filter(({ ours }) => ours.some((target) => target.startsWith("engine/")))
      .map(({ path }) => path);

    expect(importers.filter((path) => !path.startsWith("engine/"))).toEqual(["app.ts"]);
  });

  it.each([
    ["@fal-ai/client", /^services\/fal\//],
    // The engine uses it for nothing but a lock that goes with the process.
    ["pg", /^services\/store\//],
    ["jose", /^services\/access\//],
    ["graphql-jit", /^http\/execute-operation\.ts$/],
    ["prom-client", /^metrics\//],
    ["pino-pretty", /^logging\//],
    ["rate-limiter-flexible", /^services\/quotas\//],
    ["libsql", /^(services\/store\/|engine\/folder-lock\.ts$)/],
    ["type-graphql", /^(schema|resolvers)\//],
    ["fastify", /^(http|engine|files)\//],
    ["@apollo/server", /^http\//],
    ["graphql-ws", /^(http|demo)\//],
    ["graphql", /^(http|schema|resolvers|operations|demo)\//],
  ])("lets %s be known only where it belongs", (name, place) => {
    expect(importersOf(name)).not.toEqual([]);
    expect(importersOf(name).filter((path) => !place.test(path))).toEqual([]);
  });

  it("keeps GraphQL, HTTP frameworks and the environment out of the services", () => {
    const foreign = filesIn("services").flatMap(({ path, packages }) =>
      packages
        .filter((name) => /^(graphql|type-graphql|fastify|@apollo|ws$|node:http)/.test(name))
        .map((name) => `${path} → ${name}`),
    );

    expect(foreign).toEqual([]);
    expect(
      filesIn("services")
        .filter(({ text }) => text.includes("process.env"))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it("reads the environment in no other file than those that start a process", () => {
    const readers = files.filter(({ text }) => /\bprocess\.env\b/.test(text)).map(({ path }) => path);

    expect(
      readers.every((path) => /(^|\/)main\.ts$/.test(path)),
      readers.join(", "),
    ).toBe(true);
  });

  it("keeps inpainting pure: no files, no network, no threads", () => {
    const modules = filesIn("engine/inpainting").flatMap(({ packages }) => packages);

    expect(modules.filter((name) => name.startsWith("node:"))).toEqual([]);
  });

  it("keeps every file small enough to be read at one sitting", () => {
    const long = files
      .filter(({ path, text }) => path !== "operations/documents.ts" && text.split("\n").length > 350)
      .map(({ path }) => path);

    expect(long).toEqual([]);
  });
});
