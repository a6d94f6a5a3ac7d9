// @ts-check
// A graphql-transport-ws client that costs next to nothing, so that the server is what is measured: a plain socket that
// reads frames where they lie and hands out their bytes.
import { connect } from "node:net";

const WATCH = `subscription Watch($jobId: ID!) { inpaintProgress(jobId: $jobId) {
  cursor snapshot status queuePosition progress logs { sequence message level source timestamp } } }`;

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const HEAD_END = "\r\n\r\n";

/** A client's frame, masked with zeros. @param {string} text */
export function clientFrame(text, opcode = TEXT) {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126
      ? [0x80 | opcode, 0x80 | payload.length]
      : [0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

/** The frame that begins at `at`, or null while its end is missing. @param {Buffer} bytes @param {number} at */
function frameAt(bytes, at) {
  if (bytes.length < at + 2) return null;
  const short = /** @type {number} */ (bytes[at + 1]) & 127;
  const headLength = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < at + headLength) return null;
  const length =
    short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
  const start = at + headLength;
  if (bytes.length < start + length) return null;
  return { opcode: /** @type {number} */ (bytes[at]) & 15, start, end: start + length };
}

/**
 * Watches a job on a connection of its own.
 * @param {string} graphqlUrl
 * @param {string} jobId
 * @param {(bytes: Buffer, start: number, end: number) => void} onNext an update's message lies between start and end
 * @returns {Promise<{ done: Promise<void>, stop(): void }>} once the first update is there
 */
export function watchRaw(graphqlUrl, jobId, onNext) {
  const { hostname, port, pathname, host } = new URL(graphqlUrl);
  const subscribe = JSON.stringify({
    id: "1",
    type: "subscribe",
    payload: { query: WATCH, operationName: "Watch", variables: { jobId } },
  });
  return new Promise((resolve, reject) => {
    /** @type {Buffer} */
    let rest = Buffer.alloc(0);
    let upgraded = false;
    let watched = false;
    /** @type {() => void} */
    let finish = () => {};
    const done = new Promise((/** @type {(value?: undefined) => void} */ resolveDone) => {
      finish = resolveDone;
    });
    const socket = connect(Number(port), hostname).setNoDelay(true);
    socket.on("error", reject);
    socket.on("close", () => {
      finish();
      if (!watched) reject(new Error("The socket was closed before the first update."));
    });
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n`,
    );

    /** @param {Buffer} bytes @param {number} start @param {number} end */
    const onText = (bytes, start, end) => {
      const type = /"type":"(\w+)"/.exec(bytes.toString("latin1", start, Math.min(end, start + 60)))?.[1];
      // Servers put the type first or last.
      if (type === "next" || (type === undefined && bytes.indexOf('"next"', start) >= 0)) {
        if (!watched) {
          watched = true;
          resolve({ done, stop: () => socket.destroy() });
        }
        onNext(bytes, start, end);
      } else if (type === "connection_ack") socket.write(clientFrame(subscribe));
      else if (type === "complete") socket.end();
      else if (type === "error") reject(new Error(bytes.toString("latin1", start, end)));
    };

    socket.on("data", (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      if (!upgraded) {
        const headEnd = bytes.indexOf(HEAD_END);
        if (headEnd < 0) {
          rest = bytes;
          return;
        }
        if (!bytes.toString("latin1", 0, 16).includes(" 101 ")) {
          reject(new Error(bytes.toString("latin1", 0, 300)));
          return;
        }
        upgraded = true;
        at = headEnd + HEAD_END.length;
        socket.write(clientFrame('{"type":"connection_init"}'));
      }
      for (let frame = frameAt(bytes, at); frame !== null; frame = frameAt(bytes, at)) {
        at = frame.end;
        if (frame.opcode === TEXT) onText(bytes, frame.start, frame.end);
        else if (frame.opcode === PING) socket.write(clientFrame(bytes.toString("latin1", frame.start, frame.end), 10));
        else if (frame.opcode === CLOSE) socket.end();
      }
      rest = bytes.subarray(at);
    });
  });
}
