import { AudioError } from "./audio-error.js";

/** How a sample is stored in the source file, and in the result. */
export type SampleEncoding = "int8" | "int16" | "int24" | "int32" | "float32" | "float64" | "lossy";

/**
 * One channel, held exactly in as little memory as that takes: Float32Array (full scale = 1) for all but two kinds of
 * source, Float64Array (full scale = 1) for float64, Int32Array (full scale = 2^31) for int32.
 */
export type ChannelSamples = Float32Array | Float64Array | Int32Array;

const INT32_SCALE = 2 ** 31;

/** The samples as the engine works with them, full scale = 1: the very array where it is Float32 already, else a copy. */
export function asFloat32(samples: ChannelSamples): Float32Array {
  if (samples instanceof Float32Array) return samples;
  if (samples instanceof Float64Array) return Float32Array.from(samples);
  const converted = new Float32Array(samples.length);
  for (let n = 0; n < samples.length; n++) converted[n] = (samples[n] as number) / INT32_SCALE;
  return converted;
}

/** Writes a fill (full scale = 1) over samples from `start` on, rounded and clipped where they are integers. */
export function paste(fill: Float32Array, samples: ChannelSamples, start: number): void {
  if (!(samples instanceof Int32Array)) {
    samples.set(fill, start);
    return;
  }
  for (let n = 0; n < fill.length; n++) {
    const value = Math.round((fill[n] as number) * INT32_SCALE);
    samples[start + n] = Math.max(-INT32_SCALE, Math.min(INT32_SCALE - 1, value));
  }
}

export interface DecodedAudio {
  /** Equal lengths, at least one channel. Owned by whoever decoded: the engine overwrites them. */
  channels: ChannelSamples[];
  sampleRate: number;
  encoding: SampleEncoding;
  /** Short name for the log: "wav", "mp3". */
  format: string;
  /** Speaker positions of a WAVE_FORMAT_EXTENSIBLE source, 0 when unknown. */
  channelMask: number;
  /** What was wrong with the file although it could be used; one sentence each. */
  warnings: string[];
}

/** Named in `ctx.supported_formats` of every refusal. */
export const SUPPORTED_FORMATS: readonly string[] = [
  "wav",
  "aiff",
  "flac",
  "mp3",
  "ogg-vorbis",
  "ogg-opus",
  "ogg-flac",
];

export const MAX_CHANNELS = 8;
export const MIN_SAMPLE_RATE = 8_000;
export const MAX_SAMPLE_RATE = 192_000;
export const MIN_CLIP_SECONDS = 1;
export const MAX_CLIP_SECONDS = 600;

/** 600 s of 48 kHz stereo, in samples over all channels: bounds the memory whatever rate and channel count a file claims. */
export const MAX_TOTAL_SAMPLES = 600 * 48_000 * 2;

/** The 422 for a file that is not audio we can read. `reason` is a full sentence. */
export function unsupportedFormat(reason: string, cause?: unknown): AudioError {
  return new AudioError(
    "unsupported_audio_format",
    ["body", "audio_url"],
    `${reason} Supported formats: ${SUPPORTED_FORMATS.join(", ")}.`,
    { supported_formats: SUPPORTED_FORMATS },
    cause === undefined ? undefined : { cause },
  );
}

/** Refuses a header's rate or channel count before anything is allocated for it. */
export function checkLayout(format: string, sampleRate: number, channelCount: number): void {
  if (!(channelCount >= 1 && channelCount <= MAX_CHANNELS)) {
    throw unsupportedFormat(`Expected 1 to ${MAX_CHANNELS} channels, got ${channelCount} in this ${format} file.`);
  }
  if (!(sampleRate >= MIN_SAMPLE_RATE && sampleRate <= MAX_SAMPLE_RATE)) {
    throw unsupportedFormat(
      `Expected a sample rate of ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE} Hz, got ${sampleRate} in this ${format} file.`,
    );
  }
}

/** 600 s, or fewer where rate and channel count make that more than the engine's memory is meant for; whole seconds. */
export function maxClipFrames(sampleRate: number, channelCount: number): number {
  return sampleRate * Math.min(MAX_CLIP_SECONDS, Math.floor(MAX_TOTAL_SAMPLES / (sampleRate * channelCount)));
}

/** Refuses a clip shorter than a second or longer than `maxClipFrames`. */
export function checkDuration(frameCount: number, sampleRate: number, channelCount: number): void {
  const seconds = Math.round((frameCount / sampleRate) * 1000) / 1000;
  if (frameCount < MIN_CLIP_SECONDS * sampleRate) {
    throw new AudioError(
      "audio_duration_too_short",
      ["body", "audio_url"],
      `Expected at least ${MIN_CLIP_SECONDS} s of audio, got ${seconds} s. Send a longer clip.`,
      { min_duration: MIN_CLIP_SECONDS, provided_duration: seconds },
    );
  }
  const maxFrames = maxClipFrames(sampleRate, channelCount);
  if (frameCount > maxFrames) {
    const limitSeconds = maxFrames / sampleRate;
    throw new AudioError(
      "audio_duration_too_long",
      ["body", "audio_url"],
      `Expected at most ${limitSeconds} s of ${sampleRate} Hz audio with ${channelCount} channel(s), got ${seconds} s. Send a shorter clip.`,
      { max_duration: limitSeconds, provided_duration: seconds },
    );
  }
}

/** Replaces NaN and infinities by silence, in place. Returns how many there were. */
export function silenceNonFinite(channels: readonly ChannelSamples[]): number {
  let replaced = 0;
  for (const samples of channels) {
    if (samples instanceof Int32Array || isFiniteThroughout(samples)) continue;
    for (let n = 0; n < samples.length; n++) {
      if (!Number.isFinite(samples[n])) {
        samples[n] = 0;
        replaced++;
      }
    }
  }
  return replaced;
}

/** Nothing times 0 is anything but 0, except what is not finite; and that stays in the sum. Two sums need not wait for each other. */
function isFiniteThroughout(samples: Float32Array | Float64Array): boolean {
  let even = 0;
  let odd = 0;
  const pairs = samples.length - (samples.length & 1);
  for (let n = 0; n < pairs; n += 2) {
    even += (samples[n] as number) * 0;
    odd += (samples[n + 1] as number) * 0;
  }
  return even === 0 && odd === 0 && Number.isFinite(samples[samples.length - 1] ?? 0);
}
