export interface WavOptions {
  readonly seconds?: number;
  readonly sampleRate?: number;
  /** 32-bit float samples instead of 16-bit integers. */
  readonly float?: boolean;
  /** The sample at a frame, -1 to 1; default: a little tune. */
  readonly sample?: (frame: number) => number;
  /** What the header says the data has, whatever it has. */
  readonly claimedDataBytes?: number;
}

/** A mono WAV file, made in memory. */
export function makeWav(options: WavOptions = {}): Buffer {
  const { seconds = 4, sampleRate = 8_000, float = false } = options;
  const sample = options.sample ?? tune(sampleRate);
  const sampleBytes = float ? 4 : 2;
  const frames = Math.round(seconds * sampleRate);
  const dataBytes = frames * sampleBytes;
  const file = Buffer.alloc(44 + dataBytes);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + (options.claimedDataBytes ?? dataBytes), 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(float ? 3 : 1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * sampleBytes, 28);
  file.writeUInt16LE(sampleBytes, 32);
  file.writeUInt16LE(sampleBytes * 8, 34);
  file.write("data", 36);
  file.writeUInt32LE(options.claimedDataBytes ?? dataBytes, 40);
  for (let frame = 0; frame < frames; frame++) {
    const offset = 44 + frame * sampleBytes;
    if (float) file.writeFloatLE(sample(frame), offset);
    else file.writeInt16LE(Math.round(sample(frame) * 32_767), offset);
  }
  return file;
}

export function dataUri(bytes: Uint8Array, mediaType = "audio/wav"): string {
  return `data:${mediaType};base64,${Buffer.from(bytes).toString("base64")}`;
}

/** How long a WAV file says it is, by its own header. */
export function wavSeconds(file: Buffer): number {
  const bytesPerSecond = file.readUInt32LE(file.indexOf("fmt ") + 16);
  return file.readUInt32LE(file.indexOf("data") + 4) / bytesPerSecond;
}

/** Two decaying notes a second. */
function tune(sampleRate: number): (frame: number) => number {
  return (frame) => {
    const time = frame / sampleRate;
    const note = Math.floor(time * 2);
    return 0.4 * Math.exp(-4 * (time * 2 - note)) * Math.sin(2 * Math.PI * 220 * 2 ** ((note % 5) / 12) * time);
  };
}
