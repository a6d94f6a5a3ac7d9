import { defineConfig } from "vitest/config";
import config from "./vitest.config.js";

/** The long form of the mutated files: FUZZ_FILES of each kind, from FUZZ_SEED if given, else from a new seed. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: undefined,
    include: ["test/fuzz/**/*.test.ts"],
    env: {
      FUZZ_FILES: process.env.FUZZ_FILES ?? "1000",
      FUZZ_SEED: process.env.FUZZ_SEED ?? String(Date.now() % 1_000_000),
    },
  },
});
