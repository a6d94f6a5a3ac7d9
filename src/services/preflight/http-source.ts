import { type ByteSource, memorySource, UncertainError } from "./byte-source.js";

export interface FileAnswer {
  readonly status: number;
  readonly headers: {
    readonly "content-encoding"?: string;
    readonly "content-length"?: string;
    readonly "content-range"?: string;
  };
  readonly body: AsyncIterable<Uint8Array>;
}

/** Asks for a file with these headers, once. */
export type Ask = <Result>(
  headers: Readonly<Record<string, string>>,
  read: (answer: FileAnswer) => Promise<Result>,
) => Promise<Result>;

export type OpenedFile =
  | { readonly kind: "file"; readonly source: ByteSource; readonly head: Uint8Array }
  /** The server certainly has no such file. */
  | { readonly kind: "missing"; readonly status: number };

/** What is read of a file at a time, at first. */
const BLOCK_BYTES = 64 * 1024;
/** What is read of a file in all. */
const MAX_BYTES = 4 * 1024 * 1024;
const CONTENT_RANGE = /^bytes 0-(\d{1,15})\/(\d{1,15})$/;

/**
 * Opens a file over HTTP to read parts of it (RFC 9110, section 14). A server that sends no parts is read whole if the
 * file is small. Rejects with UncertainError when the answer says nothing certain.
 */
export function openHttpFile(ask: Ask): Promise<OpenedFile> {
  return ask(rangeHeaders(0, BLOCK_BYTES), async ({ status, headers, body }) => {
    if (status === 404 || status === 410) return { kind: "missing", status };
    if ((headers["content-encoding"] ?? "identity") !== "identity") throw new UncertainError("the file comes encoded");
    const [, last, total] = CONTENT_RANGE.exec(headers["content-range"] ?? "") ?? [];
    if (status === 206 && last !== undefined && total !== undefined) {
      const head = await readBytes(body, Math.min(Number(last) + 1, BLOCK_BYTES));
      return { kind: "file", source: new RangeSource(ask, Number(total), head), head };
    }
    if (status !== 200) throw new UncertainError(`the server answered ${status}`);
    const sizeBytes = Number(headers["content-length"] ?? Number.NaN);
    const bytes = await readBytes(body, sizeBytes <= MAX_BYTES ? sizeBytes : BLOCK_BYTES);
    const source = bytes.byteLength === sizeBytes ? memorySource(bytes) : headOnly(sizeBytes);
    return { kind: "file", source, head: bytes.subarray(0, BLOCK_BYTES) };
  });
}

/** The parts that were read so far, and more of them on demand, within bounds. */
class RangeSource implements ByteSource {
  private readonly parts: { start: number; bytes: Uint8Array }[];
  private fetchedBytes: number;

  constructor(
    private readonly ask: Ask,
    readonly sizeBytes: number,
    head: Uint8Array,
  ) {
    this.parts = [{ start: 0, bytes: head }];
    this.fetchedBytes = head.byteLength;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    let position = start;
    while (position < end) {
      const part = this.partAt(position) ?? (await this.fetchPart(position));
      const piece = part.bytes.subarray(position - part.start, end - part.start);
      bytes.set(piece, position - start);
      position += piece.byteLength;
    }
    return bytes;
  }

  private partAt(position: number) {
    return this.parts.find(({ start, bytes }) => position >= start && position < start + bytes.byteLength);
  }

  private async fetchPart(start: number) {
    // Whoever reads on and on gets more at a time.
    const before = this.parts.find((part) => part.start + part.bytes.byteLength === start);
    const length = Math.min(Math.max(BLOCK_BYTES, 2 * (before?.bytes.byteLength ?? 0)), this.sizeBytes - start);
    if (this.fetchedBytes + length > MAX_BYTES) throw new UncertainError("too much would have to be read");
    const bytes = await this.ask(rangeHeaders(start, start + length), async ({ status, headers, body }) => {
      if (status !== 206 || !headers["content-range"]?.startsWith(`bytes ${start}-`)) {
        throw new UncertainError("the server does not give the part that was asked for");
      }
      return readBytes(body, length);
    });
    if (bytes.byteLength < length) throw new UncertainError("the file ends early");
    this.fetchedBytes += length;
    const part = { start, bytes };
    this.parts.push(part);
    return part;
  }
}

function headOnly(sizeBytes: number): ByteSource {
  return {
    sizeBytes,
    read: () => Promise.reject(new UncertainError("the server gives no parts of the file")),
  };
}

function rangeHeaders(start: number, end: number): Record<string, string> {
  return {
    accept: "audio/*, */*;q=0.5",
    "accept-encoding": "identity",
    "user-agent": "punchin",
    range: `bytes=${start}-${end - 1}`,
  };
}

/** The first `maxBytes` of a body, or all of a shorter one. */
async function readBytes(body: FileAnswer["body"], maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}
