import { createParser } from "eventsource-parser";
import { record } from "./decode.js";
import type { UpstreamStream } from "./transport.js";

/** fal sends at least a comment every 15 s. */
const SILENCE_LIMIT_MS = 20_000;
/** Comments alone may come from a proxy whose upstream is gone. */
const QUIET_LIMIT_MS = 60_000;
/** After COMPLETED the server closes the stream. If it does so soon, its connection can be used again. */
const CLOSE_LIMIT_MS = 100;
/** One event holds a status and its new log lines. */
const MAX_BUFFERED_CHARACTERS = 1_000_000;

/** The stream stayed open and told nothing for too long. */
export class StreamStalledError extends Error {
  override readonly name = "StreamStalledError";
}

/**
 * Reads fal's status stream (SSE: unnamed events, each a status JSON). Yields the parsed JSON of each event and ends
 * when the stream ends, for whatever reason; throws StreamStalledError when it falls silent or tells nothing for long,
 * and other errors when it is no event stream or sends what is no JSON. It proves nothing by ending: the caller asks for the status.
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
  let silent = false;
  const giveUp = () => {
    silent = true;
    abort();
  };
  const silence = setTimeout(giveUp, SILENCE_LIMIT_MS);
  let closing: NodeJS.Timeout | undefined;
  let buffered = 0;
  let toldAt = Date.now();
  try {
    const stream = await open();
    const contentType = stream.headers["content-type"] ?? "";
    if (stream.status !== 200 || !contentType.startsWith("text/event-stream")) {
      throw new Error(`Expected an event stream, got ${stream.status} ${contentType}.`);
    }
    for await (const chunk of stream.body) {
      silence.refresh();
      // stream: true keeps a character whole that was split between chunks.
      const text = decoder.decode(chunk, { stream: true });
      buffered += text.length;
      parser.feed(text);
      if (events.length > 0) {
        buffered = 0;
        toldAt = Date.now();
      }
      if (Date.now() - toldAt > QUIET_LIMIT_MS) throw stalled();
      if (buffered > MAX_BUFFERED_CHARACTERS) throw new Error("An event of the status stream is too large.");
      for (const data of events.splice(0)) {
        const event: unknown = JSON.parse(data);
        if (isLast(event)) closing ??= setTimeout(abort, CLOSE_LIMIT_MS);
        yield event;
      }
    }
  } catch (error) {
    if (closing === undefined) throw silent ? stalled() : error;
  } finally {
    clearTimeout(silence);
    clearTimeout(closing);
    abort();
  }
}

function isLast(event: unknown): boolean {
  return record(event)?.status === "COMPLETED";
}

function stalled(): StreamStalledError {
  return new StreamStalledError("The status stream has told nothing for long.");
}
