import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ByteSource } from "./inpainting/byte-source.js";

/** Read at once, so that many small pieces cost few reads. */
const WINDOW_BYTES = 256 * 1024;

/** A file on disk, read as it is asked for. Must be closed. */
export class FileBytes implements ByteSource {
  readonly length: number;
  private readonly file: number;
  private readonly window = new Uint8Array(WINDOW_BYTES);
  private windowStart = 0;
  private windowEnd = 0;

  constructor(path: string) {
    this.file = openSync(path, "r");
    this.length = fstatSync(this.file).size;
  }

  /** A piece of up to 256 KiB is good until the next call, a larger one for as long as it is kept. */
  subarray(start: number, end: number): Uint8Array {
    const from = Math.min(start, this.length);
    const to = Math.max(from, Math.min(end, this.length));
    if (to - from > WINDOW_BYTES) return this.fill(new Uint8Array(to - from), from);
    if (from < this.windowStart || to > this.windowEnd) {
      this.windowStart = from;
      this.windowEnd = Math.min(this.length, from + WINDOW_BYTES);
      this.fill(this.window.subarray(0, this.windowEnd - from), from);
    }
    return this.window.subarray(from - this.windowStart, to - this.windowStart);
  }

  close(): void {
    closeSync(this.file);
  }

  private fill(bytes: Uint8Array, position: number): Uint8Array {
    for (let filled = 0; filled < bytes.length; ) {
      const bytesRead = readSync(this.file, bytes, filled, bytes.length - filled, position + filled);
      if (bytesRead === 0) throw new Error("The file became shorter while it was read");
      filled += bytesRead;
    }
    return bytes;
  }
}
