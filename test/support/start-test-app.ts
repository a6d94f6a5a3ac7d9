import { onTestFinished } from "vitest";
import { startApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import type { OutboundPolicy } from "../../src/outbound/outbound.js";
import { compileAfterUses } from "./execution.js";
import { guardedStream, keepKeySecret } from "./log-guard.js";
import { temporaryFolder } from "./temporary-folder.js";
import { connectTo, type TestClient } from "./test-client.js";

export interface TestApp extends TestClient {
  readonly folder: string;
  close(): Promise<void>;
}

export interface TestAppOptions {
  /** Where the test reaches it, when that is not the address the product gives itself. */
  readonly reachedAt?: string;
  /** Where URLs that callers name may lead; default: the public internet, so to no server of a test. */
  readonly outboundPolicy?: OutboundPolicy;
}

/** The whole product with its embedded engine, on a free port and in a folder of its own; closed when the test ends. */
export async function startTestApp(
  environment: NodeJS.ProcessEnv = {},
  { reachedAt, outboundPolicy }: TestAppOptions = {},
): Promise<TestApp> {
  const folder = environment.DATA_DIR ?? (await temporaryFolder());
  // A machine that is busy with other tests is no overload of the server's.
  const config = loadConfig({
    PORT: "0",
    LOG_LEVEL: "trace",
    MAX_LOOP_DELAY_MS: "0",
    ...environment,
    DATA_DIR: folder,
  });
  keepKeySecret(environment.FAL_KEY);
  const { url: ownUrl, close } = await startApp(config, { logTo: guardedStream, outboundPolicy, compileAfterUses });
  onTestFinished(close);
  const url = reachedAt ?? ownUrl;
  return { ...connectTo(url), folder, close };
}
