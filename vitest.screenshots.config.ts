import { defineConfig } from "vitest/config";

/** `npm run screenshots`: takes the pictures in docs/ anew. */
export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/web/screenshots.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    globalSetup: ["test/web/support/browser-setup.ts"],
  },
});
