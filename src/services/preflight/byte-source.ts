/** Bytes of known number that are read in parts, wherever they are. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** The bytes from `start` up to `end`, which lie inside. Rejects with UncertainError when they can't be had. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** Nothing certain can be said of a file: it is left to the engine. */
export class UncertainError extends Error {
  override readonly name = "UncertainError";
}

export function memorySource(bytes: Uint8Array): ByteSource {
  return { sizeBytes: bytes.byteLength, read: async (start, end) => bytes.subarray(start, end) };
}

/** The content of a data: URI, decoded where it is read. */
export function base64Source({ base64, sizeBytes }: { base64: string; sizeBytes: number }): ByteSource {
  return {
    sizeBytes,
    async read(start, end) {
      // Every 3 bytes are 4 characters.
      const group = Math.floor(start / 3);
      const bytes = Buffer.from(base64.slice(group * 4, Math.ceil(end / 3) * 4), "base64");
      return bytes.subarray(start - group * 3, end - group * 3);
    },
  };
}
