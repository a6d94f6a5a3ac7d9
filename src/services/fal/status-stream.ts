import { createParser } from "eventsource-parser";
import { parseExact } from "./exact-json.js";
import type { UpstreamStream } from "./transport.js";

/** A comment comes every 15 s, so three of them missing mean that the stream is dead. */
const SILENCE_LIMIT_MS = 45_000;
/** Comments alone may come from a proxy whose upstream is gone. */
const QUIET_LIMIT_MS = 300_000;
/** One event holds a status and its new log lines. */
const MAX_BUFFERED_CHARACTERS = 1_000_000;

/**
 * Reads fal's status stream (SSE: unnamed events, each a status JSON). Yields the parsed JSON of each event and ends
 * when the stream ends, for whatever reason; throws when it is no event stream, falls silent, tells nothing for long, or
 * sends what is no JSON.
 * It proves nothing by ending: the caller asks for the status.
 *
 * @param open sends the request; it too may fall silent.
 * @param abort ends the request; called once reading stops, however it stops.
 */
export async function* readStatusStream(
  open: () => Promise<UpstreamStream>,
  abort: () => void,
): AsyncGenerator<unknown, void> {
  const events: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => events.push(data) });
  const decoder = new TextDecoder();
  let silence = setTimeout(abort, SILENCE_LIMIT_MS);
  let buffered = 0;
  let toldAt = Date.now();
  try {
    const stream = await open();
    if (stream.status !== 200 || !stream.contentType.startsWith("text/event-stream")) {
      throw new Error(`Expected an event stream, got ${stream.status} ${stream.contentType}.`);
    }
    for await (const chunk of stream.body) {
      clearTimeout(silence);
      silence = setTimeout(abort, SILENCE_LIMIT_MS);
      // stream: true keeps a character whole that was split between chunks.
      const text = decoder.decode(chunk, { stream: true });
      buffered += text.length;
      parser.feed(text);
      if (events.length > 0) {
        buffered = 0;
        toldAt = Date.now();
      }
      if (Date.now() - toldAt > QUIET_LIMIT_MS) throw new Error("The status stream has told nothing for long.");
      if (buffered > MAX_BUFFERED_CHARACTERS) throw new Error("An event of the status stream is too large.");
      for (const data of events.splice(0)) yield parseExact(data);
    }
  } finally {
    clearTimeout(silence);
    abort();
  }
}
