import type { ServerResponse } from "node:http";
import type { QueueRequest } from "../queue-request.js";
import type { EventSink } from "../seams.js";
import type { FaultList } from "./fault-list.js";

/** What goes to a status stream, after the faults that strike this connection. */
export function faultySink(faults: FaultList, { id }: QueueRequest, stream: ServerResponse): EventSink {
  const target = { requestId: id };
  let sink: EventSink = stream;
  const closes = faults.strike("stream-closes", target);
  if (closes !== null) {
    // A reset throws away what has not been read yet.
    const reset = () => setTimeout(() => stream.socket?.resetAndDestroy(), RESET_DELAY_MS).unref();
    const close = () => (closes.abruptly ? reset() : stream.end());
    sink = afterEvents(closes.afterEvents, sink, close);
  }
  const stalls = faults.strike("stream-stalls", target);
  if (stalls !== null) sink = afterEvents(stalls.afterEvents, sink, () => {});
  if (faults.strike("stream-never-ends", target) !== null) sink = endless(sink);
  const trickles = faults.strike("stream-trickles", target);
  if (trickles !== null) return pieceByPiece(stream, trickles.intervalMs, bytesOf);
  if (faults.strike("stream-splits", target) !== null) return pieceByPiece(stream, SPLIT_PAUSE_MS, halvesOf);
  return sink;
}

const RESET_DELAY_MS = 50;
/** Long enough that the halves come as two reads. */
const SPLIT_PAUSE_MS = 20;

/** Passes on so many events and nothing more. */
function afterEvents(count: number, sink: EventSink, thenDo: () => void): EventSink {
  let left = count;
  return {
    write: (text) => {
      if (left <= 0) return true;
      const isEvent = text.startsWith("data:");
      const written = sink.write(text);
      if (isEvent && --left === 0) thenDo();
      return written;
    },
    end: () => {
      if (left > 0) sink.end();
    },
  };
}

function endless(sink: EventSink): EventSink {
  return { write: (text) => sink.write(text), end: () => {} };
}

/** Sends what it is given in pieces, one after the other, with a pause before each but the first. */
function pieceByPiece(stream: ServerResponse, pauseMs: number, cut: (bytes: Buffer) => Buffer[]): EventSink {
  const pieces: Buffer[] = [];
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;
  stream.on("close", () => clearTimeout(timer));
  const next = (): void => {
    timer = undefined;
    const piece = pieces.shift();
    if (piece === undefined) {
      if (hasEnded) stream.end();
      return;
    }
    stream.write(piece);
    timer = setTimeout(next, pauseMs);
  };
  return {
    write: (text) => {
      pieces.push(...cut(Buffer.from(text)));
      if (timer === undefined) next();
      return true;
    },
    end: () => {
      hasEnded = true;
      if (timer === undefined) next();
    },
  };
}

/** An event's comment or data, byte by byte. */
function bytesOf(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.of(byte));
}

/** Cut within the first character of several bytes, or in the middle. */
function halvesOf(bytes: Buffer): Buffer[] {
  const lead = bytes.findIndex((byte) => byte >= 0xc0);
  const cut = lead === -1 ? bytes.length >> 1 : lead + 1;
  return [bytes.subarray(0, cut), bytes.subarray(cut)];
}
