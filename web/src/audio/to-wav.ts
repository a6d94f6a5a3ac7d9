/** The audio as a 16-bit WAV file, which every engine reads. */
export function toWav(buffer: AudioBuffer): ArrayBuffer {
  const { numberOfChannels, sampleRate, length } = buffer;
  const dataBytes = length * numberOfChannels * 2;
  const file = new DataView(new ArrayBuffer(44 + dataBytes));
  const write = (offset: number, text: string) => {
    for (let index = 0; index < text.length; index++) file.setUint8(offset + index, text.charCodeAt(index));
  };
  write(0, "RIFF");
  file.setUint32(4, 36 + dataBytes, true);
  write(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, numberOfChannels, true);
  file.setUint32(24, sampleRate, true);
  file.setUint32(28, sampleRate * numberOfChannels * 2, true);
  file.setUint16(32, numberOfChannels * 2, true);
  file.setUint16(34, 16, true);
  write(36, "data");
  file.setUint32(40, dataBytes, true);
  for (let channel = 0; channel < numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let frame = 0; frame < length; frame++) {
      const sample = Math.max(-1, Math.min(1, samples[frame] ?? 0));
      file.setInt16(44 + (frame * numberOfChannels + channel) * 2, Math.round(sample * 32_767), true);
    }
  }
  return file.buffer as ArrayBuffer;
}
