/**
 * A file's bytes, asked for piece by piece, so that a large file need not be held as a whole. A Uint8Array is one whose
 * pieces last.
 */
export interface ByteSource {
  readonly length: number;
  /** The bytes of [start, end), as far as the file goes; good until the next call. */
  subarray(start: number, end: number): Uint8Array;
}
