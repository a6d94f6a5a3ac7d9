import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { freePort } from "../support/free-port.js";
import { startFreezableProxy } from "../support/freezable-proxy.js";
import { startProcess } from "../support/start-process.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { openRecording, untilCompared } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

const ENGINE = fileURLToPath(new URL("../../dist/engine/main.js", import.meta.url));
const ENGINE_PORT = String(await freePort());
const LINE_PORT = await freePort();
const LINE_URL = `http://127.0.0.1:${LINE_PORT}`;

describeInBrowser("the Studio with its engine elsewhere", () => {
  const cleaning: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const DATA_DIR = await temporaryFolder((clean) => cleaning.push(clean));
    const engine = startProcess({ PORT: ENGINE_PORT, DATA_DIR }, [ENGINE], (stop) => cleaning.unshift(stop));
    await engine.started;
  });
  afterAll(async () => {
    for (const clean of cleaning) await clean();
  });
  const visit = useBrowser();
  const studioOf = useStudio({ ENGINE_URL: `http://127.0.0.1:${ENGINE_PORT}` });

  it("sends recordings there and fetches results from there, and its policy names that place alone", async () => {
    const page = await visit();
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).origin));
    const [answer] = await Promise.all([page.waitForResponse(studioOf().url), openRecording(page, studioOf().url)]);
    const policy = answer.headers()["content-security-policy"];
    expect(policy).toContain(`connect-src 'self' blob: http://127.0.0.1:${ENGINE_PORT};`);
    await page.getByRole("textbox", { name: "Prompt" }).fill("from afar");
    await page.getByRole("button", { name: "Generate" }).click();
    await untilCompared(page);
    expect([...asked].filter((origin) => origin.startsWith("http")).sort()).toEqual(
      [studioOf().url, `http://127.0.0.1:${ENGINE_PORT}`].sort(),
    );
  });
});

describeInBrowser("the Studio in front of fal", () => {
  const studioOf = useStudio({ FAL_KEY: "key-id:key-secret-for-the-policy", ENGINE_URL: "" });

  it("names fal's storage in its policy, and no other host", async () => {
    const answer = await fetch(studioOf().url);
    const policy = answer.headers.get("content-security-policy") ?? "";
    const hosts = "https://fal.media https://*.fal.media https://storage.googleapis.com";
    expect(policy).toContain(`connect-src 'self' blob: ${hosts};`);
    expect(new Set(policy.match(/https?:\S+?(?=[;\s]|$)/g))).toEqual(new Set(hosts.split(" ")));
  });
});

describeInBrowser("a page on a bad line", () => {
  const visit = useBrowser();
  const studioOf = useStudio({ PUBLIC_URL: LINE_URL });

  it("follows a job that was started elsewhere, also after a sleep in which its connection silently died", async () => {
    const studio = studioOf();
    const proxy = await startFreezableProxy(Number(new URL(studio.url).port), LINE_PORT);
    const release = await studio.hold();
    const { id } = await studio.submit({ prompt: "from a script" });
    const page = await visit();
    await page.clock.install();
    await page.goto(`${LINE_URL}/jobs/${id}`);
    await page.getByText("half way").waitFor();
    await page.getByRole("link", { name: /from a script/ }).waitFor();

    proxy.freeze();
    // A ping goes out, and nobody answers.
    await page.clock.runFor(11_000);
    await page.clock.runFor(6_000);
    await page.getByText("Reconnecting…").waitFor();
    await release();
    proxy.thaw();
    await page.clock.runFor(9_000);
    await page
      .getByText(/^Done in/)
      .first()
      .waitFor();
    const lines = await page.getByRole("list", { name: "Log" }).getByRole("listitem").allTextContents();
    expect(lines).toEqual(["first line", "half way", "last line"]);
  });

  it("is right again after a minute without a network", async () => {
    const studio = studioOf();
    await startFreezableProxy(Number(new URL(studio.url).port), LINE_PORT);
    const release = await studio.hold();
    const { id } = await studio.submit({ prompt: "a minute" });
    const page = await visit();
    await page.clock.install();
    await page.goto(`${LINE_URL}/jobs/${id}`);
    await page.getByText("half way").waitFor();
    await page.context().setOffline(true);
    onTestFinished(() => page.context().setOffline(false));
    await page.getByText("Reconnecting…").waitFor();
    for (let seconds = 0; seconds < 60; seconds += 5) await page.clock.runFor(5_000);
    await release();
    await page.context().setOffline(false);
    await page
      .getByText(/^Done in/)
      .first()
      .waitFor();
    await page.getByText("Reconnecting…").waitFor({ state: "hidden" });
    const lines = await page.getByRole("list", { name: "Log" }).getByRole("listitem").allTextContents();
    expect(lines).toEqual(["first line", "half way", "last line"]);
  });
});
