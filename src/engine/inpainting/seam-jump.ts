import { MEL_BANDS } from "./bands.js";
import type { Features } from "./features.js";
import type { Seam } from "./lag-costs.js";
import type { Recording } from "./recording.js";

/** Spectra are averaged over this long on each side of a seam. */
const SIDE_SECONDS = 0.06;
/** Places of the recording that say how large a jump is ordinary. */
const REFERENCE_PLACES = 500;

/**
 * How far the spectrum jumps where the context meets a source that starts at frame `source` (in samples), lifted by
 * `gainDb`: the rank, 0..1, among the jumps at ordinary places of the same recording. 0.5 is what music does anyway.
 */
export type SeamJump = (source: number, gainDb: number) => number;

/** How far spectra jump within a recording anyway, RMS over bands in dB. */
export interface UsualJumps {
  /** Neither small nor large: the 65th percentile. */
  ordinaryDb: number;
  /** Strokes and breaks: the 98th. */
  largeDb: number;
}

/** Read off about 500 places whose surroundings are known. */
export function usualJumps(recording: Recording, features: Features): UsualJumps {
  const { before, after, frames } = createSides(recording, features);
  const jumps = ordinaryJumps(features, frames, features.hop, before, after);
  const quantile = (share: number) => jumps[Math.floor(share * jumps.length)] ?? 0;
  return { ordinaryDb: quantile(0.65), largeDb: quantile(0.98) };
}

/** Measures jumps at one seam: entry reads the context before and the source after, exit the other way round. */
export function createSeamJump(recording: Recording, features: Features, seam: Seam): SeamJump {
  const { gap } = recording;
  const { before, after, frames } = createSides(recording, features);
  const reference = ordinaryJumps(features, frames, features.hop, before, after);
  const context = seam === "entry" ? before(gap.start) : after(gap.end);
  return (source, gainDb) => {
    const other = seam === "entry" ? after(source) : before(source);
    return rank(reference, melDistance(context, other, gainDb));
  };
}

/** The mean spectrum on each side of a sample. */
function createSides({ sampleRate }: Recording, features: Features) {
  const { hop } = features;
  const frames = Math.max(1, Math.round((SIDE_SECONDS * sampleRate) / hop));
  // A short window reaches just over one hop to each side; nearer frames would mix both sides.
  const before = (sample: number) => averageMel(features, Math.floor(sample / hop - 1.2) - frames + 1, frames);
  const after = (sample: number) => averageMel(features, Math.ceil(sample / hop + 1.2), frames);
  return { before, after, frames };
}

function ordinaryJumps(
  features: Features,
  frames: number,
  hop: number,
  before: (sample: number) => Float64Array,
  after: (sample: number) => Float64Array,
): Float64Array {
  const { frameCount, melKnown } = features;
  const stride = Math.max(1, Math.floor(frameCount / REFERENCE_PLACES));
  const jumps: number[] = [];
  for (let frame = frames + 2; frame < frameCount - frames - 2; frame += stride) {
    if (melKnown[frame - frames - 2] === 0 || melKnown[frame] === 0 || melKnown[frame + frames + 2] === 0) continue;
    jumps.push(melDistance(before(frame * hop), after(frame * hop), 0));
  }
  return Float64Array.from(jumps).sort();
}

function averageMel({ mel, frameCount }: Features, from: number, frames: number): Float64Array {
  const average = new Float64Array(MEL_BANDS);
  for (let i = 0; i < frames; i++) {
    const frame = Math.max(0, Math.min(frameCount - 1, from + i));
    for (let band = 0; band < MEL_BANDS; band++) {
      average[band] = (average[band] as number) + (mel[frame * MEL_BANDS + band] as number) / frames;
    }
  }
  return average;
}

/** Log-spectral distance (Gray and Markel, "Distance measures for speech processing", 1976), RMS over bands in dB. */
function melDistance(a: Float64Array, b: Float64Array, gainDb: number): number {
  let sum = 0;
  for (let band = 0; band < MEL_BANDS; band++) {
    // Levels are above the floor: silence stays silence whatever the gain.
    const lifted = Math.max(0, (b[band] as number) + ((b[band] as number) > 1 ? gainDb : 0));
    sum += ((a[band] as number) - lifted) ** 2;
  }
  return Math.sqrt(sum / MEL_BANDS);
}

/** Share of the sorted reference below `value`, equal ones counted half. */
function rank(sorted: Float64Array, value: number): number {
  if (sorted.length === 0) return 0.5;
  let below = 0;
  let equal = 0;
  for (const reference of sorted) {
    if (reference < value) below++;
    else if (reference === value) equal++;
    else break;
  }
  return (below + equal / 2) / sorted.length;
}
