import { defineConfig } from "vitest/config";
import config from "./vitest.config.js";

/** The long form of the fuzz tests: FUZZ_FILES mutated files and FUZZ_CASES hostile requests of each kind, from FUZZ_SEED if given. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: undefined,
    include: ["test/fuzz/**/*.test.ts"],
    testTimeout: 1_800_000,
    // The tests look at what is left after a collection.
    execArgv: ["--expose-gc"],
    env: {
      FUZZ_CASES: process.env.FUZZ_CASES ?? "10000",
      FUZZ_FILES: process.env.FUZZ_FILES ?? "1000",
      FUZZ_SEED: process.env.FUZZ_SEED ?? String(Date.now() % 1_000_000),
    },
  },
});
