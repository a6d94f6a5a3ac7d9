import { MODEL_ID } from "../job.js";
import { decodeRequestId, record, text, UndecodableError } from "./decode.js";

/** One entry of upstream's request history. */
export interface PastRequest {
  readonly requestId: string;
  /** As it was on the wire. */
  readonly input: Readonly<Record<string, unknown>>;
}

const HISTORY_URL = "https://api.fal.ai/v1/models/requests/by-endpoint";
const MAX_PAGES = 10;

/** The account's requests to our model since a time ("by-endpoint" of fal's platform API). */
export async function readHistory(send: typeof fetch, since: number): Promise<PastRequest[]> {
  const found: PastRequest[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const query: Record<string, string> = {
      endpoint_id: MODEL_ID,
      start: new Date(since).toISOString(),
      expand: "payloads",
      limit: "100",
      ...(cursor === null ? {} : { cursor }),
    };
    const response = await send(`${HISTORY_URL}?${new URLSearchParams(query)}`, {
      headers: { accept: "application/json" },
    });
    const body = record(await response.json());
    if (!Array.isArray(body?.items)) throw new UndecodableError("Expected a list of past requests from upstream.");
    found.push(...body.items.flatMap(decodePastRequest));
    cursor = body.has_more === true ? text(body.next_cursor) : null;
    if (cursor === null) break;
  }
  return found;
}

/** Entries without a payload, or with an id that is none, are of no use and are left out. */
function decodePastRequest(item: unknown): PastRequest[] {
  const request = record(item);
  const input = record(request?.json_input);
  try {
    return input ? [{ requestId: decodeRequestId(request?.request_id), input }] : [];
  } catch {
    return [];
  }
}
