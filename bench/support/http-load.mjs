// @ts-check
// Posts one body over and over, each client on a connection of its own. It speaks HTTP over plain sockets and looks at
// nothing but an answer's length and whether it is an error, so that the server is what is measured. Told what to post, it answers with how many
// answers came per second and how long each took.
import { once } from "node:events";
import { connect } from "node:net";
import { millisecondsSince, nowNanoseconds } from "./measure.mjs";
import { tellParent } from "./processes.mjs";

/** @typedef {{ url: string, body: string, clients: number, seconds: number }} Load */

const HEAD_END = "\r\n\r\n";
const LAST_CHUNK = "\r\n0\r\n\r\n";

/** The bytes of the answer that begins here; null while that can't be told. @param {Buffer} received */
function lengthOf(received) {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = received.toString("latin1", 0, headEnd);
  const [, length] = /content-length: *(\d+)/i.exec(head) ?? [];
  if (length !== undefined) return headEnd + HEAD_END.length + Number(length);
  const lastChunk = received.indexOf(LAST_CHUNK, headEnd);
  return lastChunk < 0 ? null : lastChunk + LAST_CHUNK.length;
}

/** @param {string} url @param {string} body */
async function openClient(url, body) {
  const { hostname, port, pathname, host } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay(true);
  await once(socket, "connect");
  const request = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  /** @type {Buffer} */
  let received = Buffer.alloc(0);
  /** @type {(answer: Buffer) => void} */
  let resolve = () => {};
  socket.on("data", (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const length = lengthOf(received);
    if (length === null || received.length < length) return;
    const answer = received;
    received = Buffer.alloc(0);
    resolve(answer);
  });
  return {
    /** @returns {Promise<Buffer>} */
    ask() {
      return new Promise((resolveAnswer) => {
        resolve = resolveAnswer;
        socket.write(request);
      });
    },
    end: () => socket.destroy(),
  };
}

/** @param {Load} load */
async function run({ url, body, clients, seconds }) {
  const opened = await Promise.all(Array.from({ length: clients }, () => openClient(url, body)));
  /** @type {number[]} */
  const latencies = [];
  let refused = 0;
  const startedAt = nowNanoseconds();
  await Promise.all(
    opened.map(async ({ ask }) => {
      while (millisecondsSince(startedAt) < seconds * 1_000) {
        const askedAt = nowNanoseconds();
        const answer = await ask();
        latencies.push(millisecondsSince(askedAt));
        if (answer.indexOf(" 200 ") !== "HTTP/1.1".length || answer.includes('"errors"')) refused += 1;
      }
    }),
  );
  const elapsedSeconds = millisecondsSince(startedAt) / 1_000;
  for (const { end } of opened) end();
  if (refused > 0) throw new Error(`${refused} of ${latencies.length} answers were not what was asked for.`);
  return { perSecond: latencies.length / elapsedSeconds, latencies };
}

process.on("message", async (/** @type {Load} */ load) => tellParent(await run(load)));
tellParent("ready");
