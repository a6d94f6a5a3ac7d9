import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createApollo } from "../../src/http/apollo.js";
import { DocumentCache } from "../../src/http/document-cache.js";
import { loadOperation } from "../../src/http/load-operation.js";
import { createErrorMask } from "../../src/http/mask-errors.js";
import { buildApiSchema } from "../../src/resolvers/build-schema.js";
import { MemoryServices } from "./memory-services.js";

const query = "{ service { version } }";

describe("parsed documents", () => {
  it("are shared by HTTP and WebSocket", async () => {
    const schema = await buildApiSchema();
    const logger = pino({ level: "silent" });
    const documents = new DocumentCache();
    const maskError = createErrorMask(logger);
    const apollo = createApollo({ schema, documents, maskError, logger, createRequestId: () => "request" });
    const contextValue = { caller: { id: "anonymous" }, services: new MemoryServices(), requestId: "request" };

    await apollo.executeOperation({ query }, { contextValue });
    const { document } = await loadOperation(schema, documents, { query });
    await apollo.stop();

    expect(document).toBeDefined();
    expect(document).toBe(documents.get(DocumentCache.keyOf(query)));
  });

  it("are not kept when they are invalid", async () => {
    const documents = new DocumentCache();
    const { errors } = await loadOperation(await buildApiSchema(), documents, { query: "{ nothing }" });
    expect(errors).toHaveLength(1);
    expect(documents.get(DocumentCache.keyOf("{ nothing }"))).toBeUndefined();
  });
});
