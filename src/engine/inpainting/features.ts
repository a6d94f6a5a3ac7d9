import { type Band, MEL_BANDS, melBands, semitoneBands } from "./bands.js";
import { DecimatedChannels } from "./decimate.js";
import type { Recording } from "./recording.js";
import { createPowerSpectrum, nearestFftSize } from "./spectrum.js";

/** 512 samples at 44.1 kHz. */
const HOP_SECONDS = 512 / 44_100;
/** Long window for tones (4096 samples at 44.1 kHz), short one for timbre and onsets (1024). */
const TONAL_WINDOW_SECONDS = 4096 / 44_100;
const MEL_WINDOW_SECONDS = 1024 / 44_100;
/** Tones up to 3.5 kHz need no more than this rate; working on a decimated copy makes the long window four times cheaper. */
const TONAL_RATE = 11_025;
/** Tones change slowly against their window: every second frame is analysed, the others are means of their neighbours. */
const TONAL_STRIDE = 2;
/** Quieter than this below the loudest band counts as silence. */
const RANGE_DB = 60;

/**
 * What is compared instead of samples. Frame f is centred on sample f * hop. Levels are in dB above the floor,
 * row-major: `tonal[f * TONAL_BANDS + band]`. `onset` is the mean rise over two hops in dB, 0 or more.
 */
export interface Features {
  readonly hop: number;
  readonly frameCount: number;
  readonly tonal: Float32Array;
  readonly mel: Float32Array;
  readonly onset: Float32Array;
  /** 1 where no window (tonal) or no short window (mel) reaches into the gap. */
  readonly tonalKnown: Uint8Array;
  readonly melKnown: Uint8Array;
}

/** Analyses the whole recording; frames whose window reaches into the gap are marked as not known. */
export function extractFeatures(recording: Recording): Features {
  const { channels, sampleRate, gap } = recording;
  const hop = Math.max(16, Math.round(HOP_SECONDS * sampleRate));
  const frameCount = Math.floor(gap.total / hop) + 1;

  const factor = Math.max(1, Math.round(sampleRate / TONAL_RATE));
  const tonalSize = nearestFftSize((TONAL_WINDOW_SECONDS * sampleRate) / factor);
  const tonalBands = semitoneBands(tonalSize, sampleRate / factor);
  const decimated = new DecimatedChannels(channels, factor);
  const tonal = bandLevels(decimated, hop / factor, frameCount, tonalSize, tonalBands, TONAL_STRIDE);

  const melSize = nearestFftSize(MEL_WINDOW_SECONDS * sampleRate);
  const mel = bandLevels(
    new DecimatedChannels(channels, 1),
    hop,
    frameCount,
    melSize,
    melBands(melSize, sampleRate),
    1,
  );
  const tonalKnown = knownFrames(recording, hop, frameCount, (tonalSize * factor) / 2 + TONAL_STRIDE * hop);
  const melKnown = knownFrames(recording, hop, frameCount, melSize / 2 + hop);
  return { hop, frameCount, tonal, mel, onset: onsetStrength(mel, melKnown, frameCount), tonalKnown, melKnown };
}

function bandLevels(
  channels: DecimatedChannels,
  hop: number,
  frameCount: number,
  size: number,
  bands: readonly Band[],
  stride: number,
): Float32Array {
  const addPower = createPowerSpectrum(size);
  const power = new Float64Array(size / 2 + 1);
  const levels = new Float32Array(frameCount * bands.length);
  let loudest = 0;
  for (let frame = 0; frame < frameCount; frame += stride) {
    power.fill(0);
    const start = Math.round(frame * hop) - size / 2;
    channels.moveTo(start, size);
    const { stretch } = channels;
    for (let channel = 0; channel < stretch.length; channel += 2) {
      addPower(stretch[channel] as Float32Array, stretch[channel + 1], start - channels.start, power);
    }
    for (let band = 0; band < bands.length; band++) {
      const { firstBin, weights } = bands[band] as Band;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (power[firstBin + i] as number);
      levels[frame * bands.length + band] = sum;
      if (sum > loudest) loudest = sum;
    }
  }
  const floor = Math.max(loudest * 10 ** (-RANGE_DB / 10), 1e-12);
  for (let i = 0; i < levels.length; i++) levels[i] = 10 * Math.log10(1 + (levels[i] as number) / floor);
  interpolateFrames(levels, bands.length, stride);
  return levels;
}

/** Fills the frames between each `stride`-th one in a straight line; after the last analysed frame its levels stay. */
function interpolateFrames(levels: Float32Array, width: number, stride: number): void {
  const frameCount = levels.length / width;
  for (let frame = 0; frame < frameCount; frame++) {
    const offset = frame % stride;
    if (offset === 0) continue;
    const before = (frame - offset) * width;
    const after = frame - offset + stride < frameCount ? before + stride * width : before;
    for (let band = 0; band < width; band++) {
      const from = levels[before + band] as number;
      levels[frame * width + band] = from + ((levels[after + band] as number) - from) * (offset / stride);
    }
  }
}

function knownFrames({ gap }: Recording, hop: number, frameCount: number, guard: number): Uint8Array {
  return Uint8Array.from({ length: frameCount }, (_, frame) => {
    const centre = frame * hop;
    return centre + guard <= gap.start || centre - guard >= gap.end ? 1 : 0;
  });
}

function onsetStrength(mel: Float32Array, known: Uint8Array, frameCount: number): Float32Array {
  const onset = new Float32Array(frameCount);
  for (let frame = 2; frame < frameCount; frame++) {
    if (known[frame] === 0 || known[frame - 2] === 0) continue;
    let rise = 0;
    for (let band = 0; band < MEL_BANDS; band++) {
      rise += Math.max(0, (mel[frame * MEL_BANDS + band] as number) - (mel[(frame - 2) * MEL_BANDS + band] as number));
    }
    onset[frame] = rise / MEL_BANDS;
  }
  return onset;
}
