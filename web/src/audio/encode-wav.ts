/** Samples as a 16-bit WAV file, which every engine reads. */
export function encodeWav(channels: readonly Float32Array[], sampleRate: number): ArrayBuffer {
  const frames = channels[0]?.length ?? 0;
  const dataBytes = frames * channels.length * 2;
  const file = new DataView(new ArrayBuffer(44 + dataBytes));
  const write = (offset: number, text: string) => {
    for (let index = 0; index < text.length; index++) file.setUint8(offset + index, text.charCodeAt(index));
  };
  write(0, "RIFF");
  file.setUint32(4, 36 + dataBytes, true);
  write(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, channels.length, true);
  file.setUint32(24, sampleRate, true);
  file.setUint32(28, sampleRate * channels.length * 2, true);
  file.setUint16(32, channels.length * 2, true);
  file.setUint16(34, 16, true);
  write(36, "data");
  file.setUint32(40, dataBytes, true);
  for (const [channel, samples] of channels.entries()) {
    for (const [frame, value] of samples.entries()) {
      const sample = Math.max(-1, Math.min(1, value));
      file.setInt16(44 + (frame * channels.length + channel) * 2, Math.round(sample * 32_767), true);
    }
  }
  return file.buffer as ArrayBuffer;
}
