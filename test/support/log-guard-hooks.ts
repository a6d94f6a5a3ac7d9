import { afterAll, afterEach } from "vitest";
import { expectNoLeak, forgetSecrets } from "./log-guard.js";

// Vitest loads this file before every test file (vitest.config.ts).
afterEach(expectNoLeak);
// What was logged while the last test's servers closed.
afterAll(() => {
  expectNoLeak();
  forgetSecrets();
});
