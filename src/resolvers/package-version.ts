import { readFileSync } from "node:fs";

/** Two folders up in the sources as in the build. */
const manifest: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);

/** This server's own version. */
export const packageVersion: string = manifest.version;
