/**
 * Burg's method (J. P. Burg, 1975): autoregressive coefficients a[1..order] of x[n] ≈ -Σ a[k] x[n - k], by minimising
 * forward and backward prediction errors together. The filter is stable by construction. Float64 throughout: in
 * Float32 orders near 1000 drift apart. Silence gives zero coefficients.
 */
export function burg(samples: Float64Array, order: number): Float64Array {
  const length = samples.length;
  const forward = Float64Array.from(samples);
  const backward = Float64Array.from(samples);
  const coefficients = new Float64Array(order + 1);
  const previous = new Float64Array(order + 1);
  coefficients[0] = 1;
  for (let m = 1; m <= order && m < length; m++) {
    let numerator = 0;
    let denominator = 0;
    for (let n = m; n < length; n++) {
      const f = forward[n] as number;
      const b = backward[n - 1] as number;
      numerator += f * b;
      denominator += f * f + b * b;
    }
    if (!(denominator > 1e-20)) break;
    const reflection = (-2 * numerator) / denominator;
    previous.set(coefficients);
    for (let k = 1; k <= m; k++) {
      coefficients[k] = (previous[k] as number) + reflection * (previous[m - k] as number);
    }
    // Runs backwards so that backward[n - 1] is still the old value.
    for (let n = length - 1; n >= m; n--) {
      const f = forward[n] as number;
      const b = backward[n - 1] as number;
      forward[n] = f + reflection * b;
      backward[n] = b + reflection * f;
    }
  }
  return coefficients;
}

/**
 * Continues `samples` by `count` values with the coefficients of `burg`: x[n] = -Σ a[k] x[n - k] (Kauppinen and Roth,
 * "Audio signal extrapolation: theory and applications", 2002).
 */
export function extrapolate(samples: Float64Array, coefficients: Float64Array, count: number): Float64Array {
  const order = Math.min(coefficients.length - 1, samples.length);
  const values = new Float64Array(samples.length + count);
  values.set(samples);
  for (let n = samples.length; n < values.length; n++) {
    let sum = 0;
    for (let k = 1; k <= order; k++) sum -= (coefficients[k] as number) * (values[n - k] as number);
    values[n] = sum;
  }
  return values.subarray(samples.length);
}
