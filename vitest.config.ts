import { defineConfig } from "vitest/config";

export default defineConfig({
  // Type-GraphQL's decorators are the legacy kind.
  oxc: { decorator: { legacy: true } },
  // graphql 16 ships two entry points; without this Vite and Node each load their own copy of it.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    environment: "node",
    // On two cores the default is one; most of a test is waiting.
    maxWorkers: "100%",
    // Loading the code anew for each file takes long. What a file leaves behind in a module it takes back at its end.
    isolate: false,
    // Some start three servers, which takes a busy machine half a minute.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine may take its time to come to what is waited for.
    expect: { poll: { timeout: 10_000 } },
    setupFiles: ["test/support/log-guard-hooks.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "sqlite",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/postgres*.test.ts", "test/web/**"],
          provide: { postgresUrl: null },
        },
      },
      {
        // After all others, two at once: a person at a page is not to wait for tests.
        extends: true,
        test: {
          name: "web",
          include: ["test/web/**/*.test.ts"],
          provide: { postgresUrl: null },
          maxWorkers: 2,
          globalSetup: ["test/web/support/browser-setup.ts"],
          sequence: { groupOrder: 1 },
        },
      },
      {
        // What rests on the store, once more on the other one.
        extends: true,
        test: {
          name: "postgres",
          include: [
            "test/services/*.test.ts",
            "test/services/{access,archive,feed,jobs,quotas,store,tracker,webhooks}/**/*.test.ts",
            "test/app/{accounts,limits,tenancy}.test.ts",
          ],
          exclude: [
            "test/**/{api-keys,jwt,sqlite,micro-batcher,check-clip,check-input,cursor,uploads,job-state,backoff,log-merge,paced-writer,sweep}*.test.ts",
          ],
          globalSetup: ["test/support/postgres-setup.ts"],
        },
      },
    ],
  },
});
