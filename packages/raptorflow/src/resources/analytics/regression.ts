import { studentTwoSided } from './distribution.ts';

/** What a series was explained by: one straight ramp, or one step at the place where it explains most. */
export type Shape = 'ramp' | 'step';

/** A season, an average and a shape, fitted by least squares. */
export interface Regressed {
  readonly samples: number;
  /** Of a ramp the rise per step; of a step its height. */
  readonly effect: number;
  /** The standard error of the effect, with the errors' dependence on one another taken into account. */
  readonly error: number;
  /** How probable an effect as large is where there is none, both directions and, for a step, all places together. */
  readonly chance: number;
  /** The first index after the step; 0 for a ramp. */
  readonly place: number;
  /** Squares that are left. */
  readonly residual: number;
  /** The share of the squares, season aside, that the shape explains. */
  readonly explained: number;
  /** The standard deviation of what is left. */
  readonly sigma: number;
  /** What is left, step by step; NaN where nothing was measured. */
  readonly rest: Float64Array;
  /** The number of independent values that the error rests on. */
  readonly degrees: number;
  /** How much of an error is still in the next one, 0 to 0.99, as an upper bound. */
  readonly dependence: number;
}

/** A step so close to an end is an outlier at most. */
const edgeShare = 0.05;
const edgeStepsMin = 5;
const dependenceMax = 0.99;
/** Squares below this share of the values' own are rounding. */
const roundingShare = 1e-20;

/**
 * Fits a shape beside a season of so many steps (0 for none) and an average. The season is taken out of both sides (R. Frisch and F. Waugh,
 * 1933), so that it neither bends the shape nor is bent by it, and gaps do no harm. Errors that depend on their predecessor make the
 * effective number of samples smaller; the dependence is corrected for its bias in small samples (M. Kendall, 1954).
 */
export function regressed(values: Float64Array, season: number, shape: Shape): Regressed {
  const phases = Math.max(1, season);
  const { centred, samples, squares, own } = seasonFree(values, phases);
  const ramp = shape === 'ramp' ? rampOf(centred, phases) : stepOf(centred, phases, samples);
  const { product, norm, place, column } = ramp;
  const effect = norm > 0 ? product / norm : 0;
  const rest = new Float64Array(values.length);
  let residual = 0;
  for (let index = 0; index < values.length; index += 1) {
    const left = (centred[index] ?? Number.NaN) - effect * (column[index] ?? 0);
    rest[index] = left;
    if (!Number.isNaN(left)) residual += left * left;
  }
  const isFlat = squares <= roundingShare * own;
  const isExact = residual <= roundingShare * own;
  if (isExact) residual = 0;
  const free = Math.max(1, samples - phases - 1);
  const dependence = isExact ? 0 : dependenceOf(rest, free);
  const share = (1 - dependence) / (1 + dependence);
  const degrees = Math.max(3, free * share);
  const sigma = Math.sqrt(residual / free);
  const error = norm > 0 ? sigma / Math.sqrt(norm * share) : Number.POSITIVE_INFINITY;
  const places = shape === 'ramp' ? 1 : degrees;
  const chance = isFlat || samples <= phases + 2 ? 1 : studentTwoSided(effect / error, degrees) * places;
  return {
    samples,
    effect: isFlat ? 0 : effect,
    error,
    chance: Math.min(1, chance),
    place,
    residual: isFlat ? squares : residual,
    explained: isFlat ? 0 : 1 - residual / squares,
    sigma,
    rest,
    degrees,
    dependence,
  };
}

/** The values less the average of their place in the season. */
function seasonFree(
  values: Float64Array,
  phases: number,
): { centred: Float64Array; samples: number; squares: number; own: number } {
  const sums = new Float64Array(phases);
  const counts = new Float64Array(phases);
  let own = 0;
  let samples = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const phase = index % phases;
    sums[phase] = (sums[phase] ?? 0) + value;
    counts[phase] = (counts[phase] ?? 0) + 1;
    own += value * value;
    samples += 1;
  }
  let squares = 0;
  const centred = values.map((value, index) => {
    if (Number.isNaN(value)) return value;
    const phase = index % phases;
    const left = value - (sums[phase] ?? 0) / (counts[phase] ?? 1);
    squares += left * left;
    return left;
  });
  return { centred, samples, squares, own };
}

interface Column {
  readonly product: number;
  readonly norm: number;
  readonly place: number;
  readonly column: Float64Array;
}

function rampOf(centred: Float64Array, phases: number): Column {
  const known = centred.map((value, index) => (Number.isNaN(value) ? value : index));
  const { centred: column, squares: norm } = seasonFree(known, phases);
  let product = 0;
  for (let index = 0; index < centred.length; index += 1) {
    const value = centred[index] ?? Number.NaN;
    if (!Number.isNaN(value)) product += value * (column[index] ?? 0);
  }
  return { product, norm, place: 0, column };
}

/** Moves the step through the series; both sums change by one value from place to place. */
function stepOf(centred: Float64Array, phases: number, samples: number): Column {
  const [total, after] = [new Float64Array(phases), new Float64Array(phases)];
  for (let index = 0; index < centred.length; index += 1) {
    if (!Number.isNaN(centred[index] ?? Number.NaN)) total[index % phases] = (total[index % phases] ?? 0) + 1;
  }
  after.set(total);
  const edge = Math.max(edgeStepsMin, Math.floor(edgeShare * samples));
  let best = { product: 0, norm: 0, place: 0, gain: 0 };
  let [product, norm, passed] = [0, 0, 0];
  for (let index = 0; index < centred.length; index += 1) {
    const value = centred[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (passed >= edge && samples - passed >= edge && norm > 0) {
      const gain = (product * product) / norm;
      if (gain > best.gain) best = { product, norm, place: index, gain };
    }
    const phase = index % phases;
    const all = total[phase] ?? 1;
    const [before, now] = [after[phase] ?? 0, (after[phase] ?? 0) - 1];
    norm += (now * (all - now) - before * (all - before)) / all;
    after[phase] = now;
    product -= value;
    passed += 1;
  }
  const flags = centred.map((value, index) => (Number.isNaN(value) ? value : Number(index >= best.place)));
  return { ...best, column: seasonFree(flags, phases).centred };
}

function dependenceOf(rest: Float64Array, free: number): number {
  let [product, squares] = [0, 0];
  for (let index = 1; index < rest.length; index += 1) {
    const [a, b] = [rest[index - 1] ?? Number.NaN, rest[index] ?? Number.NaN];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    product += a * b;
    squares += (a * a + b * b) / 2;
  }
  if (squares === 0) return 0;
  const seen = product / squares;
  const corrected = seen + (1 + 3 * seen) / free;
  // One standard error more, because a dependence that is thought too small makes patterns of noise.
  const doubt = Math.sqrt(Math.max(0, 1 - seen * seen) / free);
  return Math.min(dependenceMax, Math.max(0, corrected + doubt));
}
