// @ts-check
// Fails when what a browser loads before the Studio can be used has grown beyond its budget: node web/check-size.mjs
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FOLDER = new URL("../dist/web/", import.meta.url);
/** Gzip, in bytes. */
const BUDGETS = { js: 120_000, css: 12_000 };

const page = readFileSync(new URL("index.html", FOLDER), "utf8");
const names = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name = ""]) => name);
for (const [kind, budget] of Object.entries(BUDGETS)) {
  const loaded = names.filter((name) => name.endsWith(`.${kind}`));
  const bytes = loaded.reduce(
    (sum, name) => sum + gzipSync(readFileSync(new URL(name, FOLDER)), { level: 9 }).length,
    0,
  );
  console.log(
    `first load, ${kind}: ${(bytes / 1000).toFixed(1)} of ${budget / 1000} kB gzip in ${loaded.length} files`,
  );
  if (bytes === 0 || bytes > budget) process.exitCode = 1;
}
