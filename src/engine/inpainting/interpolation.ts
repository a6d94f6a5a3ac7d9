const TAPS = 32;
const PHASES = 256;

let table: Float64Array | undefined;

/** Windowed-sinc weights for PHASES fractional positions, TAPS each. */
function sincTable(): Float64Array {
  if (table !== undefined) return table;
  const weights = new Float64Array((PHASES + 1) * TAPS);
  for (let phase = 0; phase <= PHASES; phase++) {
    for (let tap = 0; tap < TAPS; tap++) {
      const x = tap - TAPS / 2 + 1 - phase / PHASES;
      const sinc = Math.abs(x) < 1e-9 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      weights[phase * TAPS + tap] = sinc * Math.cos((Math.PI * x) / (TAPS + 2)) ** 2;
    }
  }
  table = weights;
  return weights;
}

/**
 * The signal's value between samples by a 32-tap windowed sinc, its weights from a table (Smith and Gossett, "A flexible
 * sampling-rate conversion method", 1984); positions outside the array read as silence.
 */
export function sampleAt(samples: Float32Array, position: number): number {
  const whole = Math.floor(position);
  const fraction = position - whole;
  if (fraction === 0) return samples[whole] ?? 0;
  const weights = sincTable();
  const row = Math.round(fraction * PHASES) * TAPS;
  let value = 0;
  for (let tap = 0; tap < TAPS; tap++) {
    value += (weights[row + tap] as number) * (samples[whole + tap - TAPS / 2 + 1] ?? 0);
  }
  return value;
}
