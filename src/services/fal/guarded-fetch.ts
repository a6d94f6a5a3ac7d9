import { UndecodableError } from "./decode.js";
import { exactIntegersOut, tryParseExact } from "./exact-json.js";
import { UpstreamResponseError, type UpstreamTransport } from "./transport.js";
import type { UpstreamResponse } from "./whole-answer.js";

/** Storage takes up to 90 MB. */
const UPLOAD_TIMEOUT_MS = 300_000;

/**
 * The fetch that is given to @fal-ai/client 1.10.1. It answers only for 2xx: everything else is thrown as
 * UpstreamResponseError or UpstreamUnreachableError, neither of which the client's retry rule (its retry.js) knows. So
 * nothing is ever repeated behind our back, least of all a submit, and headers and body of a failure are not lost.
 *
 * @param timeoutMs longest wait for a whole answer, except that of an upload.
 */
export function guardedFetch(transport: UpstreamTransport, timeoutMs: number): typeof fetch {
  return async (input, init = {}) => {
    const headers = Object.fromEntries(
      Object.entries((init.headers ?? {}) as Record<string, string>).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ]),
    );
    // The transport alone attaches the key, and only for fal's own hosts.
    delete headers.authorization;
    const sentBody = await bodyOf(init.body);
    const response = await transport.send({
      method: (init.method?.toUpperCase() ?? "GET") as "GET" | "POST" | "PUT",
      url: String(input),
      headers,
      body: sentBody,
      timeoutMs: sentBody instanceof Uint8Array ? UPLOAD_TIMEOUT_MS : timeoutMs,
      signal: init.signal ?? undefined,
    });
    refuseFailure(response);
    return responseForClient(response);
  };
}

/** Throws UpstreamResponseError unless it is a 2xx. */
export function refuseFailure({ status, headers, text }: UpstreamResponse): void {
  if (status < 200 || status > 299) throw new UpstreamResponseError(status, headers, bodyOfFailure(text));
}

async function bodyOf(body: RequestInit["body"]): Promise<string | Uint8Array | undefined> {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return exactIntegersOut(body);
  if (body instanceof Blob) return new Uint8Array(await body.arrayBuffer());
  throw new TypeError("The fal client sends JSON text or a Blob; got another kind of body.");
}

/**
 * What the client reads of a response, and no more: a real one costs as much as all the rest of a call. What is JSON is
 * called JSON, whatever a proxy called it: the client goes by that.
 */
function responseForClient({ status, text }: UpstreamResponse): Response {
  const parsed = tryParseExact(text);
  const contentType = parsed ? "application/json" : "text/plain";
  const response = {
    ok: true,
    status,
    headers: { get: (name: string) => (name.toLowerCase() === "content-type" ? contentType : null) },
    text: async () => text,
    async json() {
      if (!parsed) throw new UndecodableError("Expected JSON from upstream.");
      return parsed.value;
    },
  };
  return response as unknown as Response;
}

/** The parsed JSON of a failure, or the beginning of what it is instead. */
function bodyOfFailure(text: string): unknown {
  const parsed = tryParseExact(text);
  return parsed ? parsed.value : text.slice(0, 2_000);
}
