import { pino } from "pino";
import { onTestFinished } from "vitest";
import { loadConfig } from "../../src/config.js";
import { createHttpServer, type HttpServerOptions } from "../../src/http/server.js";
import { buildApiSchema } from "../../src/resolvers/build-schema.js";
import { compileAfterUses } from "../support/execution.js";
import { guardLog } from "../support/log-guard.js";
import { MemoryServices } from "./memory-services.js";

/** Building it takes longer than most tests. */
const schema = await buildApiSchema();

export interface TestServer {
  readonly url: string;
  readonly graphqlUrl: string;
  readonly socketUrl: string;
  readonly services: MemoryServices;
  /** Every log entry at level warn and above. */
  readonly logs: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

/** A server on a free port; it closes by itself when the test ends. */
export async function startTestServer(
  options: Partial<HttpServerOptions> = {},
  prepared: Partial<MemoryServices> = {},
): Promise<TestServer> {
  const services = Object.assign(new MemoryServices(), prepared);
  const logs: Record<string, unknown>[] = [];
  const logger = pino(
    { level: "warn" },
    {
      write: (line: string) => {
        logs.push(JSON.parse(line));
        guardLog(line);
      },
    },
  );
  const defaults = loadConfig({});
  const server = await createHttpServer({
    ...defaults,
    schema,
    services,
    logger,
    bodyLimitBytes: defaults.limits.maxRequestBytes,
    closeGraceMs: 100,
    compileAfterUses,
    ...options,
  });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  const close = async () => server.close();
  onTestFinished(close);
  return {
    url,
    graphqlUrl: `${url}/graphql`,
    socketUrl: `${url.replace("http", "ws")}/graphql`,
    services,
    logs,
    close,
  };
}
