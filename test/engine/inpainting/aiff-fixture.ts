export type AiffCodec = "NONE" | "twos" | "sowt" | "fl32" | "fl64" | "in24" | "in32";

export interface AiffOptions {
  /** undefined: plain AIFF. */
  codec?: AiffCodec;
  bits?: 8 | 16 | 24 | 32 | 64;
  sampleRate?: number;
}

/** Writes AIFF, or AIFF-C when a codec is named. */
export function aiffFile(channels: readonly ArrayLike<number>[], options: AiffOptions = {}): Uint8Array {
  const { codec, bits = 16, sampleRate = 11_025 } = options;
  const frameCount = channels[0]?.length ?? 0;
  const sampleBytes = bits / 8;
  const data = Buffer.alloc(8 + frameCount * channels.length * sampleBytes);
  let offset = 8;
  for (let n = 0; n < frameCount; n++) {
    for (const channel of channels) {
      writeSample(data, offset, channel[n] ?? 0, bits, codec);
      offset += sampleBytes;
    }
  }
  const common = Buffer.alloc(codec === undefined ? 18 : 24);
  common.writeUInt16BE(channels.length, 0);
  common.writeUInt32BE(frameCount, 2);
  common.writeUInt16BE(bits, 6);
  const exponent = Math.floor(Math.log2(sampleRate));
  common.writeUInt16BE(16_383 + exponent, 8);
  common.writeBigUInt64BE(BigInt(sampleRate) << BigInt(63 - exponent), 10);
  if (codec !== undefined) common.write(codec, 18, "latin1");
  const chunks = [chunk("COMM", common), chunk("NAME", Buffer.from("odd")), chunk("SSND", data)];
  const body = Buffer.concat([Buffer.from(codec === undefined ? "AIFF" : "AIFC"), ...chunks]);
  return new Uint8Array(chunk("FORM", body));
}

function writeSample(data: Buffer, offset: number, value: number, bits: number, codec: AiffCodec | undefined): void {
  if (codec === "fl32") data.writeFloatBE(value, offset);
  else if (codec === "fl64") data.writeDoubleBE(value, offset);
  else {
    const scale = 2 ** (bits - 1);
    const integer = Math.max(-scale, Math.min(scale - 1, Math.round(value * scale)));
    if (codec === "sowt") data.writeIntLE(integer, offset, bits / 8);
    else data.writeIntBE(integer, offset, bits / 8);
  }
}

function chunk(id: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(id);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
}
