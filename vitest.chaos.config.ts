import { defineConfig } from "vitest/config";
import config from "./vitest.config.js";

/** The long form of the fault tests: CHAOS_KILLS kills on each store, from CHAOS_SEED if given, else from a new seed. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: undefined,
    include: ["test/chaos/**/*.test.ts"],
    env: {
      CHAOS_KILLS: process.env.CHAOS_KILLS ?? "200",
      CHAOS_SEED: process.env.CHAOS_SEED ?? String(Date.now() % 1_000_000),
    },
  },
});
