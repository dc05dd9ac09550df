import { regressed } from './regression.ts';

/** Correlations of a series with itself are looked at up to this many steps; longer seasons must be among the expected ones. */
const lagMax = 1_000;
/** A peak of the correlation below this is noise. */
const peakMin = 0.25;
/** An unexpected season is seen so often before it is believed. */
const cyclesMin = 4;
/** Of peaks that are nearly as high the first is the season; the others are its multiples. */
const nearShare = 0.9;

/**
 * The length of the season in steps, or 0 when none shows. Besides the expected lengths, the first high peak of the autocorrelation is tried;
 * a season is taken when it explains more than its own number of values is worth (Akaike's criterion, corrected for small samples). The data
 * must cover a season twice, and one that nobody expects four times, because anything looks like itself twice.
 */
export function detectSeason(values: Float64Array, expected: readonly number[]): number {
  const found = peakOfCorrelation(values);
  const candidates = new Set(
    [...expected, cyclesMin * found <= values.length ? found : 0].filter(
      (season) => season >= 2 && 2 * season <= values.length,
    ),
  );
  let best = 0;
  let least = criterionOf(values, 0);
  for (const season of candidates) {
    const criterion = criterionOf(values, season);
    if (criterion < least) [least, best] = [criterion, season];
  }
  return best;
}

function criterionOf(values: Float64Array, season: number): number {
  const { samples, residual } = regressed(values, season, 'ramp');
  const parameters = Math.max(1, season) + 1;
  const spare = samples - parameters - 1;
  if (spare <= 0) return Number.POSITIVE_INFINITY;
  const variance = Math.max(residual, Number.MIN_VALUE) / samples;
  return samples * Math.log(variance) + 2 * parameters + (2 * parameters * (parameters + 1)) / spare;
}

/** The lag of the first high peak of the autocorrelation after its first fall; 0 when there is none. */
function peakOfCorrelation(values: Float64Array): number {
  const { rest } = regressed(values, 0, 'ramp');
  const lags = Math.min(lagMax, values.length >> 1);
  const correlations = new Float64Array(lags + 1);
  let variance = 0;
  for (const value of rest) if (!Number.isNaN(value)) variance += value * value;
  if (!(variance > 0)) return 0;
  for (let lag = 1; lag <= lags; lag += 1) correlations[lag] = correlationAt(rest, lag);
  let start = 1;
  while (start < lags && (correlations[start] ?? 0) > peakMin / 2) start += 1;
  let highest = 0;
  for (let lag = start; lag < lags; lag += 1) highest = Math.max(highest, peakAt(correlations, lag));
  if (highest < peakMin) return 0;
  for (let lag = start; lag < lags; lag += 1) {
    if (peakAt(correlations, lag) >= nearShare * highest) return lag;
  }
  return 0;
}

function peakAt(correlations: Float64Array, lag: number): number {
  const value = correlations[lag] ?? 0;
  const isPeak = value >= (correlations[lag - 1] ?? 0) && value >= (correlations[lag + 1] ?? 0);
  return isPeak ? value : 0;
}

/** Over the pairs that are known, so that gaps neither add nor take. */
function correlationAt(values: Float64Array, lag: number): number {
  let [product, first, second] = [0, 0, 0];
  for (let index = lag; index < values.length; index += 1) {
    const [a, b] = [values[index - lag] ?? Number.NaN, values[index] ?? Number.NaN];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    product += a * b;
    first += a * a;
    second += b * b;
  }
  const scale = Math.sqrt(first * second);
  return scale > 0 ? product / scale : 0;
}
