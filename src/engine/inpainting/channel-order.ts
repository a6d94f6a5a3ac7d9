/** WAVE speaker masks of the usual layouts of 3 to 8 channels, which FLAC, Vorbis and Opus share (RFC 9639, 9.1.3). */
const SPEAKER_MASKS: Readonly<Record<number, number>> = {
  3: 0x7,
  4: 0x33,
  5: 0x37,
  6: 0x3f,
  7: 0x70f,
  8: 0x63f,
};

/** Where each channel of a WAV stands in Vorbis' order, which Opus uses too (Vorbis I specification, 4.3.9). */
const VORBIS_ORDER: Readonly<Record<number, readonly number[]>> = {
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  7: [0, 2, 1, 6, 5, 3, 4],
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};

/** 0 for mono and stereo, which need none. */
export function speakerMask(channelCount: number): number {
  return SPEAKER_MASKS[channelCount] ?? 0;
}

/** Brings channels from Vorbis' order to WAV's: front left, front right, centre, low frequencies, back, sides. */
export function fromVorbisOrder<T>(channels: readonly T[]): T[] {
  const order = VORBIS_ORDER[channels.length];
  return order === undefined ? [...channels] : order.map((place) => channels[place] as T);
}
