// @ts-check
// Builds the pages into dist/web, unless what is there was built from the same sources: node web/build.mjs
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const WEB = fileURLToPath(new URL(".", import.meta.url));
const OUTPUT = fileURLToPath(new URL("../dist/web/", import.meta.url));
const STAMP = fileURLToPath(new URL("../dist/web.built", import.meta.url));

/** Each page has files of its own, so that GraphiQL's can be left out where it is not served. */
const PAGES = [
  { page: "index.html", files: "assets" },
  { page: "graphiql.html", files: "graphiql-assets" },
];

/** @param {string} folder */
function filesIn(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}

function fingerprint() {
  const hash = createHash("sha256");
  const others = [join(WEB, "../package-lock.json"), ...filesIn(join(WEB, "../src/operations"))];
  for (const path of [...filesIn(WEB), ...others]) hash.update(path).update(readFileSync(path));
  return hash.digest("hex");
}

/** So that the server need not compress: what a browser can unpack lies beside the file. */
function compress() {
  for (const path of filesIn(OUTPUT)) {
    if (/\.(js|css|svg)$/.test(path)) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  }
}

const sources = fingerprint();
if (!existsSync(STAMP) || readFileSync(STAMP, "utf8") !== sources) {
  const { build } = await import("vite");
  rmSync(OUTPUT, { recursive: true, force: true });
  for (const { page, files } of PAGES) {
    await build({
      root: WEB,
      configFile: join(WEB, "vite.config.ts"),
      logLevel: "error",
      build: { assetsDir: files, rolldownOptions: { input: page } },
    });
  }
  compress();
  writeFileSync(STAMP, sources);
}
