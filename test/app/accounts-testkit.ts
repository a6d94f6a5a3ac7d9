import { inject } from "vitest";
import { createApiKey } from "../../src/services/access/api-keys.js";
import { SUBMIT } from "../services/fal/fal-testkit.js";
import { keepSecret } from "../support/log-guard.js";
import { newPlace } from "../support/open-store.js";
import {
  json,
  type Reply,
  type ScriptedUpstream,
  silence,
  startScriptedUpstream,
} from "../support/scripted-upstream.js";
import { startTestApp, type TestApp } from "../support/start-test-app.js";
import { connectTo, type TestClient } from "../support/test-client.js";

/** Each with a key of its own. */
export const NAMES = ["alice", "bob"] as const;
export type Name = (typeof NAMES)[number];

const KEYS = Object.fromEntries(NAMES.map((name) => [name, createApiKey(name)])) as Record<
  Name,
  ReturnType<typeof createApiKey>
>;

export interface Accounts extends Record<Name, TestClient> {
  readonly app: TestApp;
  readonly upstream: ScriptedUpstream;
  /** What the instances share, and nobody else. */
  readonly environment: NodeJS.ProcessEnv;
  as(credential: string): TestClient;
}

/**
 * The product with two callers, on the project's store, before a server that takes every job. A job whose prompt says
 * "finish" is completed; others go on for ever. Whatever upstream says of a job begins with the prompt's first word.
 */
export async function startAccounts(environment: NodeJS.ProcessEnv = {}): Promise<Accounts> {
  for (const name of NAMES) keepSecret(KEYS[name].secret);
  const upstream = await startScriptedUpstream();
  upstream.on(SUBMIT, takeJobs(upstream));
  const shared = {
    AUTH: "keys",
    API_KEYS: NAMES.map((name) => KEYS[name].entry).join(","),
    ENGINE_URL: upstream.url,
    ...(inject("postgresUrl") === null ? {} : { DATABASE_URL: await newPlace() }),
    ...environment,
  };
  const app = await startTestApp(shared);
  const as = (credential: string) => connectTo(app.url, credential);
  return { app, upstream, environment: shared, as, alice: as(KEYS.alice.secret), bob: as(KEYS.bob.secret) };
}

export function credentialOf(name: Name): string {
  return KEYS[name].secret;
}

function takeJobs(upstream: ScriptedUpstream): Reply {
  let count = 0;
  return (response, request) => {
    count += 1;
    const { prompt } = JSON.parse(request.body) as { prompt: string };
    const id = `${prompt.split(" ")[0]}-r${count}`;
    const place = `/fal-ai/stable-audio-25/requests/${id}`;
    const logs = [{ message: `${id} log`, level: "INFO", timestamp: "2026-01-01T00:00:00Z" }];
    const status = prompt.includes("finish") ? "COMPLETED" : "IN_PROGRESS";
    upstream.on(`GET ${place}/status`, json(200, { status, logs, request_id: id }));
    upstream.on(`GET ${place}/status/stream`, status === "COMPLETED" ? json(404, {}) : silence());
    upstream.on(`GET ${place}`, json(200, { audio: { url: `https://v3b.fal.media/${id}.wav` }, seed: 42 }));
    json(200, { status: "IN_QUEUE", request_id: id })(response, request);
  };
}
