import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestContext } from "vitest";
import { engineProgram, type Program, serverProgram } from "./processes.js";
import { EngineProxy } from "./proxy.js";

/** Long enough for a job to wait out several restarts, short enough for the unconfirmed to be settled in the test. */
const SETTINGS = { START_TIMEOUT_SECONDS: "8", RECONCILE_WINDOW_SECONDS: "1" };

/** One engine, its proxy, and the instances that use it, all ended when the test ends. */
export interface World {
  readonly engine: Program;
  readonly proxy: EngineProxy;
  readonly instances: readonly Program[];
}

/** @param databaseUrl a PostgreSQL that the instances share; null: one instance on SQLite. */
export async function createWorld(
  { onTestFinished }: TestContext,
  instanceCount: number,
  databaseUrl: string | null,
  settings: Readonly<Record<string, string>> = {},
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "punchin-chaos-"));
  const proxy = await EngineProxy.listen();
  const engine = engineProgram(join(folder, "engine"), proxy.url);
  const instances = Array.from({ length: instanceCount }, (_, index) => {
    const name = `instance-${"abcdef"[index]}`;
    return serverProgram(name, {
      DATA_DIR: join(folder, name),
      ENGINE_URL: `${proxy.url}/${name}`,
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
      ...SETTINGS,
      ...settings,
    });
  });
  onTestFinished(async () => {
    await Promise.all(instances.map((instance) => instance.kill()));
    await engine.kill();
    await proxy.close();
    await rm(folder, { recursive: true, force: true });
  });
  proxy.engineUrl = await engine.start();
  return { engine, proxy, instances };
}

/** An empty database of its own on a running PostgreSQL. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: `${serverUrl}/postgres` });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return `${serverUrl}/${name}`;
}
