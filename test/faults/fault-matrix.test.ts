import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WORLDS } from "./fault-cases.js";
import { FaultWorld, type Mode, type Observed } from "./fault-world.js";

/** Every case in every mode, held against what must become of it. They mostly wait, so all run at once. */
const MODES: readonly Mode[] = ["running", "restarted", "two watchers"];
const worlds: FaultWorld[] = [];
const observed = new Map<string, Observed>();
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "punchin-faults-"));
  await Promise.all(
    MODES.map(async (mode) => {
      const runs = WORLDS.map(({ cases, settings }) => {
        const world = new FaultWorld(join(folder, String(worlds.length)), settings);
        worlds.push(world);
        return world.run(cases, mode);
      });
      for (const [fault, seen] of (await Promise.all(runs)).flatMap((entries) => [...entries])) {
        observed.set(`${mode}: ${fault.name}`, seen);
      }
    }),
  );
}, 180_000);

afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()));
  await rm(folder, { recursive: true, force: true });
});

it("a job with two watchers is followed once", () => {
  expect(observed.get("running: no fault")?.streams).toBe(1);
  expect(observed.get("two watchers: no fault")?.streams).toBe(1);
});

describe.each(MODES)("a job, %s, that meets", (mode) => {
  it.each(WORLDS.flatMap(({ cases }) => cases).map((fault) => [fault.name, fault] as const))("%s", (_, fault) => {
    const { job, logs, submits, cancels, results } = observed.get(`${mode}: ${fault.name}`) as Observed;

    const { status, error, billed } = job;
    const code = error?.code ?? null;
    const expected =
      fault.end.results === "several" ? { ...fault.end, results: expect.toSatisfy((count) => count > 2) } : fault.end;
    expect({ status, code, billed, logs: logs[0], submits, cancels, results }).toEqual(expected);
    expect(logs).toEqual(Array(mode === "two watchers" ? 2 : 1).fill(fault.end.logs));
    expect(job.output?.seed).toEqual(fault.end.status === "COMPLETED" ? job.input.seed : undefined);
  });
});
