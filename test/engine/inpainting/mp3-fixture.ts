import { createMp3Encoder } from "wasm-media-encoders";

/** Encodes with LAME at 128 kbit/s; the result may be shared, so it is copied. */
export async function mp3File(channels: Float32Array[], sampleRate: number): Promise<Uint8Array> {
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate, channels: channels.length === 1 ? 1 : 2, bitrate: 128 });
  const body = encoder.encode(channels).slice();
  const tail = encoder.finalize().slice();
  return new Uint8Array(Buffer.concat([body, tail]));
}
