import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { faultSchema } from "../../src/engine/queue-server/faults/fault.js";
import { WORLDS } from "./fault-cases.js";

const SWITCHES = faultSchema.options.map(({ shape }) => shape.fault.value);
const isOfWebhooks = (name: string) => name.startsWith("webhook-");

it("every fault switch stands in the matrix, those of webhooks aside", () => {
  const inMatrix = new Set(
    WORLDS.flatMap(({ cases }) => cases.flatMap(({ faults }) => faults.map(({ fault }) => fault))),
  );

  expect([...inMatrix].sort()).toEqual(SWITCHES.filter((name) => !isOfWebhooks(name)).sort());
});

it("every fault switch of webhooks is met by the server", async () => {
  const test = await readFile(new URL("../app/engine-webhooks.test.ts", import.meta.url), "utf8");

  expect(SWITCHES.filter((name) => isOfWebhooks(name) && !test.includes(`"${name}"`))).toEqual([]);
});
