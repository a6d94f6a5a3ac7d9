// @ts-check
// Holds the dependencies to what CONTRIBUTING.md says of them, by package.json and the lock file alone: exact versions,
// sealed contents, permissive licences, and nothing in production that runs at its installation.
import { readFileSync } from "node:fs";

/** Licences that ask for no more than a notice. */
const PERMISSIVE = new Set(["0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"]);
/** What may be used besides to build and test: nothing of it is handed on. */
const TOOLS_ONLY = new Set(["CC-BY-4.0", "MPL-2.0", "PSF-2.0", "Python-2.0"]);
/** Our own stand-ins for packages, and overrides that name them. */
const OURS = /^file:vendor\/|^\$/;

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
/** @type {string[]} */
const faults = [];

for (const part of ["dependencies", "devDependencies", "overrides"]) {
  for (const [name, version] of Object.entries(manifest[part] ?? {})) {
    if (!OURS.test(version) && !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      faults.push(`${name}: ${part} has ${version}, not one version`);
  }
}

/** @param {string} licence an SPDX expression @param {(one: string) => boolean} isAllowed @returns {boolean} */
function satisfies(licence, isAllowed) {
  const expression = licence.replace(/^\((.*)\)$/, "$1");
  if (expression.includes(" OR ")) return expression.split(" OR ").some(isAllowed);
  return expression.split(" AND ").every(isAllowed);
}

for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path.includes("node_modules/") || entry.link) continue;
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const isTool = entry.dev === true;
  const licence = entry.license ?? "none";
  if (!satisfies(licence, (one) => PERMISSIVE.has(one) || (isTool && TOOLS_ONLY.has(one)))) {
    faults.push(`${name}: the licence ${licence} is not one we may ${isTool ? "use" : "hand on"}`);
  }
  if (!/^sha512-/.test(entry.integrity ?? "")) faults.push(`${name}: the lock file does not seal its content`);
  if (entry.hasInstallScript && !isTool && manifest.allowScripts?.[name] !== false) {
    faults.push(`${name}: wants to run a script at its installation, and package.json does not say no`);
  }
}

for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
