const SAMPLE_RATE = 8_000;

/** A mono WAV of a few notes, as small as the engine takes. */
export function tinyWav(seconds: number): Buffer {
  const frames = seconds * SAMPLE_RATE;
  const wav = Buffer.alloc(44 + frames * 2);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + frames * 2, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(SAMPLE_RATE, 24);
  wav.writeUInt32LE(SAMPLE_RATE * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(frames * 2, 40);
  for (let frame = 0; frame < frames; frame++) {
    const hertz = [220, 277, 330, 440][Math.floor(frame / (SAMPLE_RATE / 4)) % 4] ?? 220;
    wav.writeInt16LE(Math.round(9_000 * Math.sin((2 * Math.PI * hertz * frame) / SAMPLE_RATE)), 44 + frame * 2);
  }
  return wav;
}

export function dataUri(wav: Buffer): string {
  return `data:audio/wav;base64,${wav.toString("base64")}`;
}
