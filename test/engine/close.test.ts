import { readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ENDPOINT, scripted, startEngine, type TestEngine } from "./engine-testkit.js";
import { initiate } from "./upload-testkit.js";

/** Begins a request and sends this much of its body. @returns once that is on its way; what cuts it off */
async function begin(url: URL, method: string, headers: Record<string, string>, body: string): Promise<() => void> {
  const sent = request(url, { method, headers });
  // It is to be cut off.
  sent.on("error", () => {});
  await new Promise<void>((resolve) => sent.write(body, () => resolve()));
  return () => sent.destroy();
}

const filesOf = ({ dataDir }: TestEngine, folder: string): string[] => readdirSync(join(dataDir, folder));

it("has nothing more to write for an upload that its end cuts off", async () => {
  const engine = await startEngine();
  const { upload_url: url } = await initiate(engine);
  await begin(new URL(url), "PUT", { "content-type": "audio/wav" }, "the beginning");
  await expect.poll(() => filesOf(engine, "files")).toEqual([expect.stringMatching(/\.part$/)]);
  await engine.close();
  expect(filesOf(engine, "files")).toEqual([]);
});

it("has nothing more to write for requests whose callers went away while it ended", async () => {
  const engine = await startEngine();
  const body = JSON.stringify(scripted("go"));
  const headers = { "content-type": "application/json", "content-length": String(body.length) };
  const url = new URL(`${engine.url}/${ENDPOINT}`);
  const cuts = await Promise.all(Array.from({ length: 20 }, () => begin(url, "POST", headers, body)));
  await expect.poll(() => filesOf(engine, "requests").length, { interval: 1 }).toBeGreaterThan(0);
  for (const cut of cuts) cut();
  await engine.close();
  const left = filesOf(engine, "requests");
  const states = left.filter((name) => !name.endsWith(".input.json"));
  expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  expect(left.sort()).toEqual(states.flatMap((name) => [name.replace(".json", ".input.json"), name]).sort());
});
