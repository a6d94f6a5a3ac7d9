import { expect } from "vitest";
import { type ControlledEngine, ENDPOINT, startControlledEngine } from "../engine-testkit.js";

export const REQUESTS = "/fal-ai/stable-audio-25/requests";
export const UNKNOWN = "01900000-0000-7000-8000-000000000000";

type Faults = Record<string, unknown>[];

/** An engine whose model does nothing and succeeds at once, unless these faults say otherwise. */
export async function startStandIn(...faults: Faults): Promise<ControlledEngine> {
  const engine = await startControlledEngine({ webhookRetryDelayMs: 1 });
  await engine.set(...faults, { fault: "scripted-model" });
  return engine;
}

/** A stand-in and one request in each state. */
export async function startWithStates(): Promise<{
  engine: ControlledEngine;
  queued: string;
  running: string;
  completed: string;
}> {
  const engine = await startStandIn(
    { fault: "never-starts", match: { inputContains: "queued" } },
    { fault: "scripted-model", match: { inputContains: "running" }, steps: [{ log: "at work" }, { hold: "running" }] },
  );
  const completed = await engine.submit({ prompt: "completed" });
  await engine.completed(completed);
  const queued = await engine.submit({ prompt: "queued" });
  const running = await engine.submit({ prompt: "running" });
  await engine.logged(running, "at work");
  return { engine, queued, running, completed };
}

/** A submit's reply, which must be 200. */
export async function submitReply(
  engine: ControlledEngine,
  input: unknown = {},
  headers?: Record<string, string>,
): Promise<Record<string, unknown>> {
  const response = await engine.post(`/${ENDPOINT}`, input, headers);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

/** Status code and JSON body of a GET. */
export async function answer(engine: ControlledEngine, path: string): Promise<[number, unknown]> {
  const response = await engine.get(path);
  return [response.status, await response.json()];
}

/** Runs one request to its end under these faults, and gives its result. */
export async function resultUnder(input: unknown, ...faults: Faults): Promise<Response> {
  const engine = await startStandIn(...faults);
  const id = await engine.submit(input);
  await engine.completed(id);
  return engine.result(id);
}
