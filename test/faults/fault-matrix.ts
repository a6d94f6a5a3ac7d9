import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FaultCase, LONELY_CASES, SHARED_CASES } from "./fault-cases.js";
import { FaultWorld, type Mode, type Observed } from "./fault-world.js";

/** Runs every case in this mode, all at once, and holds each against what must become of it. */
export function testFaults(mode: Mode): void {
  describe(`a job, ${mode}, that meets`, () => {
    const worlds: FaultWorld[] = [];
    let folder = "";
    let observed: Map<FaultCase, Observed>;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "punchin-faults-"));
      const run = (cases: readonly FaultCase[], settings: Readonly<Record<string, string>> = {}) => {
        const world = new FaultWorld(join(folder, String(worlds.length)), settings);
        worlds.push(world);
        return world.run(cases, mode);
      };
      const runs = [run(SHARED_CASES), ...LONELY_CASES.map((fault) => run([fault], fault.settings))];
      observed = new Map((await Promise.all(runs)).flatMap((entries) => [...entries]));
    }, 180_000);

    afterAll(async () => {
      await Promise.all(worlds.map((world) => world.close()));
      await rm(folder, { recursive: true, force: true });
    });

    it.each([...SHARED_CASES, ...LONELY_CASES].map((fault) => [fault.name, fault] as const))("%s", (_, fault) => {
      const { job, logs, submits, cancels, results } = observed.get(fault) as Observed;

      const { status, error, billed } = job;
      const code = error?.code ?? null;
      const expected =
        fault.end.results === "several" ? { ...fault.end, results: expect.toSatisfy((count) => count > 2) } : fault.end;
      expect({ status, code, billed, logs: logs[0], submits, cancels, results }).toEqual(expected);
      expect(logs).toEqual(Array(mode === "two watchers" ? 2 : 1).fill(fault.end.logs));
      expect(job.output?.seed).toEqual(fault.end.status === "COMPLETED" ? job.input.seed : undefined);
    });
  });
}
