/** The upper tail of the normal distribution (W. J. Cody's erfc by a rational approximation, absolute error below 1.2e-7, relative in the tail). */
function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  const series =
    -1.26551223 +
    t *
      (1.00002368 +
        t *
          (0.37409196 +
            t *
              (0.09678418 +
                t *
                  (-0.18628806 +
                    t *
                      (0.27886807 +
                        t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const tail = 0.5 * t * Math.exp(-x * x + series);
  return z >= 0 ? tail : 1 - tail;
}

/**
 * The probability that a Student variable is farther from 0 than `t`, on either side, by G. W. Hill's transformation to a normal one
 * (Algorithm 395, 1970), which is exact to three digits from 3 degrees of freedom on.
 */
export function studentTwoSided(t: number, degrees: number): number {
  if (Number.isNaN(t)) return 1;
  if (!Number.isFinite(t)) return 0;
  const a = degrees - 0.5;
  const b = 48 * a * a;
  const w = a * Math.log1p((t * t) / degrees);
  const z =
    (((((-0.4 * w - 3.3) * w - 24) * w - 85.5) / (0.8 * w * w + 100 + b) + w + 3) / b + 1) * Math.sqrt(w);
  return 2 * normalTail(z);
}

/** The probability of at least `hits` among `trials` that each succeed with `chance`. */
export function binomialTail(hits: number, trials: number, chance: number): number {
  if (hits <= 0) return 1;
  if (chance <= 0) return 0;
  if (chance >= 1) return 1;
  const odds = Math.log(chance / (1 - chance));
  let log = trials * Math.log(1 - chance);
  let total = 0;
  for (let count = 0; count <= trials; count += 1) {
    if (count >= hits) total += Math.exp(log);
    log += Math.log((trials - count) / (count + 1)) + odds;
  }
  return Math.min(1, total);
}

/** The value below which this share of the sorted values lies, between neighbours by a straight line. NaN of none. */
export function quantileOf(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (high - low) * (place - below);
}

/** The finite values in order. */
export function sortedValues(values: Float64Array): Float64Array {
  return values.filter((value) => Number.isFinite(value)).sort();
}
