import { describe, expect, it } from "vitest";
import { decodeDataUri } from "../../src/engine/queue-server/data-uri.js";

describe("data URIs", () => {
  it.each([
    ["data:audio/wav;base64,AAEC", [0, 1, 2], "audio/wav"],
    ["DATA:;base64,AAEC", [0, 1, 2], "application/octet-stream"],
    ["data:audio/wav;codec=1;base64,%2B/8%3D", [251, 255], "audio/wav;codec=1"],
  ])("decodes %s", (uri, bytes, mediaType) => {
    const decoded = decodeDataUri(uri);
    expect(decoded).toMatchObject({ mediaType });
    expect("bytes" in decoded && [...decoded.bytes]).toEqual(bytes);
  });

  it.each([
    ["data:audio/wav,plain"],
    ["data:audio/wav;base64"],
    ["data:;base64,"],
    ["data:;base64,%%%"],
    ["data:;base64,a-b"],
  ])("refuses %s", (uri) => {
    expect(decodeDataUri(uri)).toHaveProperty("fault");
  });

  it("decodes 12 MB in one go", () => {
    const bytes = new Uint8Array(12_000_000).fill(7);
    const decoded = decodeDataUri(`data:audio/wav;base64,${Buffer.from(bytes).toString("base64")}`);
    expect("bytes" in decoded && decoded.bytes.byteLength).toBe(bytes.byteLength);
  });
});
