import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { startApp } from "../src/app.js";
import { loadConfig } from "../src/config.js";
import { createEngine } from "../src/engine/engine.js";
import { SETTING_NAMES } from "../src/settings/schema.js";
import { freePort } from "./support/free-port.js";
import { guardedStream } from "./support/log-guard.js";
import { startProcess } from "./support/start-process.js";
import { connectTo } from "./support/test-client.js";

const run = promisify(execFile);
const README_URL = "http://127.0.0.1:4000";
const ENGINE_URL = "http://127.0.0.1:4100";

test("the README's mutation and its watching script work as pasted", async () => {
  const readme = await readFile("README.md", "utf8");
  const dataDir = await mkdtemp(join(tmpdir(), "punchin-readme-"));
  const settings = { PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "trace", MAX_LOOP_DELAY_MS: "0" };
  const app = await startApp(loadConfig(settings), { logTo: guardedStream });
  onTestFinished(async () => {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const submit = codeBlock(readme, "sh", "curl").replace(README_URL, app.url);
  const { stdout: answer } = await run("bash", ["-c", submit]);
  const { job, userErrors } = JSON.parse(answer).data.inpaintAudio;
  expect(userErrors).toEqual([]);

  // In the project, where the packages are found, as the README says.
  const script = join("dist", `readme-watch-${process.pid}.mjs`);
  onTestFinished(() => rm(script));
  await writeFile(
    script,
    codeBlock(readme, "js", "inpaintProgress").replace("ws://127.0.0.1:4000", app.url.replace("http", "ws")),
  );
  const { stdout: updates } = await run("node", [script, job.id]);
  const last = JSON.parse(updates.trim().split("\n").at(-1) ?? "null");
  expect(last.status).toBe("COMPLETED");
  expect((await fetch(last.job.output.audio.url)).headers.get("content-type")).toBe("audio/wav");
});

test("the README's curl and JavaScript work against the engine as pasted", async () => {
  const readme = await readFile("README.md", "utf8");
  const dataDir = await mkdtemp(join(tmpdir(), "punchin-readme-"));
  const engine = createEngine({ dataDir });
  onTestFinished(async () => {
    await engine.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const { url } = await engine.listen({ host: "127.0.0.1", port: 0 });

  const { stdout: answers } = await run("bash", ["-c", codeBlock(readme, "sh", "$request").replace(ENGINE_URL, url)]);
  expect(answers).toContain('data: {"status":"COMPLETED"');
  const result = JSON.parse(answers.trim().split("\n").at(-1) ?? "null");
  expect((await fetch(result.audio.url)).headers.get("content-type")).toBe("audio/wav");

  const script = join("dist", `readme-fal-${process.pid}.mjs`);
  onTestFinished(() => rm(script));
  await writeFile(script, codeBlock(readme, "js", "createFalClient").replace(ENGINE_URL, url));
  const { stdout } = await run("node", [script]);
  expect(stdout).toMatch(/^http\S+\.wav \d+\n$/);
});

test("the README's receiver takes a webhook of ours, and no other", async () => {
  const readme = await readFile("README.md", "utf8");
  const dataDir = await mkdtemp(join(tmpdir(), "punchin-readme-"));
  const isAllowedAddress = (address: string) => address === "127.0.0.1";
  const config = loadConfig({ PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "trace" });
  const app = await startApp(config, { logTo: guardedStream, outboundPolicy: { isAllowedAddress } });
  onTestFinished(async () => {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const script = join(dataDir, "receiver.mjs");
  const port = await freePort();
  await writeFile(
    script,
    codeBlock(readme, "js", "jwks.json").replace(README_URL, app.url).replace("8080", String(port)),
  );
  const receiver = startProcess({}, [script]);
  const webhookUrl = `http://127.0.0.1:${port}/`;
  const reach = async (headers = {}) =>
    (await fetch(webhookUrl, { method: "POST", body: "{}", headers }).catch(() => null))?.status;
  await expect.poll(() => reach(), { timeout: 10_000 }).toBe(401);
  expect(await reach({ "x-fal-webhook-timestamp": "1", "x-fal-webhook-signature": "00" })).toBe(401);

  const { id } = await connectTo(app.url).submit({}, { webhookUrl });
  await receiver.started;
  await expect.poll(() => receiver.stdout.join("\n"), { timeout: 10_000 }).toContain("status: 'OK'");

  const { requestId } = await connectTo(app.url).find(id);
  expect(receiver.stdout.join("\n")).toContain(`request_id: '${requestId}'`);
});

test("README and .env.example list every setting, and no other", async () => {
  const table = [...(await readFile("README.md", "utf8")).matchAll(/^\| (`[A-Z_`, ]+) \|/gm)].flatMap(
    ([, names = ""]) => [...names.matchAll(/[A-Z_]+/g)].map(([name]) => name),
  );
  const example = [...(await readFile(".env.example", "utf8")).matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  expect(table.sort()).toEqual([...SETTING_NAMES].sort());
  expect(example.sort()).toEqual([...SETTING_NAMES].sort());
});

test(".env.example shows the defaults", async () => {
  const example = Object.fromEntries(
    [...(await readFile(".env.example", "utf8")).matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]),
  );
  expect(loadConfig(example)).toEqual(loadConfig({}));
});

function codeBlock(text: string, language: string, containing: string): string {
  const blocks = [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  const block = blocks.find(([, name, code]) => name === language && code?.includes(containing));
  if (block?.[2] === undefined) throw new Error(`README has no ${language} block with ${containing}.`);
  return block[2];
}
