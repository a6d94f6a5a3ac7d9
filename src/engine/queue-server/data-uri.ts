/** What comes before the data: media type and parameters, then `;base64`. */
const HEAD = /^data:([^,]{0,200}?)(;base64)?,/i;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The bytes of a base64 data URI, or what is wrong with it in words.
 * Only base64 is taken: it is the one form in which audio makes sense.
 */
export function decodeDataUri(uri: string): { bytes: Uint8Array; mediaType: string } | { fault: string } {
  const head = HEAD.exec(uri);
  if (head === null) return { fault: "the data URI has no comma after its media type" };
  if (head[2] === undefined) return { fault: "the data URI is not base64" };
  const payload = decodePercent(uri.slice(head[0].length));
  if (!BASE64.test(payload)) return { fault: "the data URI holds characters that are not base64" };
  const bytes = new Uint8Array(Buffer.from(payload, "base64"));
  if (bytes.byteLength === 0) return { fault: "the data URI is empty" };
  return { bytes, mediaType: head[1] || "application/octet-stream" };
}

/** Browsers may escape `+`, `/` and `=` in a data URI. */
function decodePercent(payload: string): string {
  if (!payload.includes("%")) return payload;
  try {
    return decodeURIComponent(payload);
  } catch {
    return payload;
  }
}
