// @ts-check
// Builds before a start, except where there is no compiler (npm ci --omit=dev) and the build came along.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const hasCompiler = existsSync("node_modules/typescript");
if (hasCompiler || !existsSync("dist/main.js")) {
  const { status } = spawnSync("npm run --silent build", { stdio: "inherit", shell: true });
  process.exit(status ?? 1);
}
