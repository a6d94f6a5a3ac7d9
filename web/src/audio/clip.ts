/** Decoded audio and what is drawn of it. */
export interface Clip {
  readonly buffer: AudioBuffer;
  readonly summary: ClipSummary;
}

/** What the analysis worker finds out about a clip. */
export interface ClipSummary {
  /** Loudest sample up and down for each of the equal slices, 0 to 1. */
  readonly peaks: readonly [Float32Array, Float32Array];
  readonly loudestSeconds: number;
}

/** One rate for decoding and playing, so that two versions of a clip are comparable sample by sample. */
export const SAMPLE_RATE = 44_100;

/** Rejects when the browser can't decode these bytes. Takes them over. */
export async function decode(bytes: ArrayBuffer): Promise<AudioBuffer> {
  return new OfflineAudioContext(2, 1, SAMPLE_RATE).decodeAudioData(bytes);
}
