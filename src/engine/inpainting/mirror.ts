import type { Recording } from "./recording.js";

/**
 * The last resort when nothing known can be read forwards: each side is played back from its seam, to and fro, and the
 * two halves meet in an equal-power crossfade over the whole gap. Both seams continue at the very sample they left off.
 */
export function mirrorFill({ channels, gap }: Recording): Float32Array[] {
  const length = gap.end - gap.start;
  const before = gap.start;
  const after = gap.total - gap.end;
  return channels.map((samples) =>
    Float32Array.from({ length }, (_, n) => {
      const left = before > 0 ? (samples[gap.start - 1 - bounce(n, before)] as number) : null;
      const right = after > 0 ? (samples[gap.end + bounce(length - 1 - n, after)] as number) : null;
      if (left === null) return right ?? 0;
      if (right === null) return left;
      const angle = (Math.PI / 2) * ((n + 0.5) / length);
      return left * Math.cos(angle) + right * Math.sin(angle);
    }),
  );
}

/** 0, 1 … size - 1, size - 1 … 1, 0, 0, 1 …: reading to and fro. */
function bounce(n: number, size: number): number {
  const phase = n % (2 * size);
  return phase < size ? phase : 2 * size - 1 - phase;
}
