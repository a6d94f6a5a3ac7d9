import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { startTestServer } from "./test-server.js";

async function startWithPages(options: { hasExplorer?: boolean; audioOrigins?: string[] } = {}) {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "assets"));
  await mkdir(join(folder, "graphiql-assets"));
  await writeFile(join(folder, "graphiql-assets/editor-1.js"), "let editor;");
  await writeFile(
    join(folder, "index.html"),
    '<meta name="explorer" content="PUNCHIN_EXPLORER"><script nonce="PUNCHIN_NONCE"></script>studio',
  );
  await writeFile(join(folder, "graphiql.html"), "explorer");
  await writeFile(join(folder, "assets/a-1.js"), "let a;");
  await writeFile(join(folder, "assets/a-1.js.gz"), gzipSync("let a;"));
  await writeFile(join(folder, "theme.js"), "theme");
  return startTestServer({ pages: { folder, audioOrigins: [], hasExplorer: true, ...options } });
}

it("serves the Studio at / and for every job, each answer with a nonce of its own that its policy names", async () => {
  const { url } = await startWithPages({ audioOrigins: ["https://files.example"] });
  const nonces = new Set<string>();
  for (const path of ["/", "/jobs/some-id"]) {
    const answer = await fetch(`${url}${path}`);
    const nonce = /nonce="([\w+/=]{20,})".*studio/.exec(await answer.text())?.[1] ?? "";
    nonces.add(nonce);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self' blob: https://files.example;");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
  }
  expect(nonces.size).toBe(2);
});

it("lets browsers keep assets for ever and sends them packed, and nothing else for good", async () => {
  const { url } = await startWithPages();
  const asset = await fetch(`${url}/assets/a-1.js`);
  expect(await asset.text()).toBe("let a;");
  expect(asset.headers.get("content-encoding")).toBe("gzip");
  expect(asset.headers.get("cache-control")).toContain("immutable");
  const plain = await fetch(`${url}/assets/a-1.js`, { headers: { "accept-encoding": "identity" } });
  expect([await plain.text(), plain.headers.get("content-encoding")]).toEqual(["let a;", null]);
  expect((await fetch(`${url}/theme.js`)).headers.get("cache-control")).toBe("no-cache");
});

it("serves what was built and nothing beside it", async () => {
  const { url } = await startWithPages();
  for (const path of [
    "/index.html",
    "/assets",
    "/assets/",
    "/assets/%2e%2e/index.html",
    "/assets/a-1.js.gz",
    "/package.json",
  ]) {
    expect((await fetch(`${url}${path}`)).status, path).toBe(404);
  }
});

it("leads a browser that visits the API to GraphiQL, and no other client", async () => {
  const { url, graphqlUrl } = await startWithPages();
  const headers = { accept: "text/html,application/xhtml+xml" };
  const visit = await fetch(graphqlUrl, { headers, redirect: "manual" });
  expect([visit.status, visit.headers.get("location")]).toEqual([302, "/graphiql"]);
  expect(await (await fetch(`${url}/graphiql`)).text()).toBe("explorer");
  expect(await (await fetch(`${url}/graphiql-assets/editor-1.js`)).text()).toBe("let editor;");
  expect(await (await fetch(url)).text()).toContain('name="explorer" content="on"');
  expect((await fetch(graphqlUrl, { redirect: "manual" })).status).toBe(400);
  expect((await fetch(`${graphqlUrl}?query={__typename}`, { headers, redirect: "manual" })).status).not.toBe(302);
});

it("has no trace of GraphiQL where it is off", async () => {
  const { url, graphqlUrl } = await startWithPages({ hasExplorer: false });
  const visit = await fetch(graphqlUrl, { headers: { accept: "text/html" }, redirect: "manual" });
  expect(visit.status).toBe(400);
  expect((await fetch(`${url}/graphiql`)).status).toBe(404);
  expect((await fetch(`${url}/graphiql-assets/editor-1.js`)).status).toBe(404);
  expect(await (await fetch(url)).text()).toContain('name="explorer" content="off"');
});

it("serves the API alone where no pages were built", async () => {
  const folder = await temporaryFolder();
  const { url } = await startTestServer({ pages: { folder, audioOrigins: [], hasExplorer: true } });
  expect((await fetch(url)).status).toBe(404);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});
