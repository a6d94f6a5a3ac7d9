import { defineConfig } from "vitest/config";

export default defineConfig({
  // Type-GraphQL's decorators are the legacy kind.
  oxc: { decorator: { legacy: true } },
  // graphql 16 ships two entry points; without this Vite and Node each load their own copy of it.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: { include: ["test/**/*.test.ts"], environment: "node", testTimeout: 30_000, hookTimeout: 30_000 },
});
