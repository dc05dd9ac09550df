import { invariant } from '../../../kernel/index.ts';
import { quantileOf } from '../distribution.ts';
import { turn } from '../event-loop.ts';
import type { ForecastMethod, ForecastMethodName, Path } from './method.ts';

/** How well a method foretold values that were held out. */
export interface Comparison {
  readonly method: ForecastMethodName;
  /** Beginnings of forecasts that were tried. */
  readonly origins: number;
  /** The mean absolute error, in units of the series; null where the method failed. */
  readonly error: number | null;
  /** The same as a share of the mean of the held-out values. */
  readonly errorShare: number | null;
  readonly taken: boolean;
}

/** The method that was taken, and what it says. */
export interface Choice {
  readonly method: ForecastMethodName;
  readonly path: Path;
  readonly scale: number;
  readonly comparison: readonly Comparison[];
}

/** What a method foretold at one origin, and what came. */
interface Trial {
  readonly path: Path;
  readonly truth: Float64Array;
}

/** A more elaborate method must be better by this share. */
const margin = 0.1;
const originsMax = 6;
/** Errors below this share of the values are rounding; nothing is better than them. */
const roundingShare = 1e-9;
/** Of the elaborate method only the newest origins are tried, because it takes many times as long; one alone would let chance decide. */
const elaborateOrigins = 2;
const heldShareMax = 0.25;
const heldMin = 4;
const [scaleMin, scaleMax] = [0.8, 3] as const;
/** Fewer misses say nothing about an interval. */
const missesMin = 20;

/**
 * Compares methods, the simplest first, on values that they do not know: each foretells from several origins in the newest half of the series, the
 * elaborate one from the two newest only. Taken is the simplest whose error is at most a tenth above that of every better one, on the origins that both
 * were tried on.
 */
export async function choose(
  values: Float64Array,
  seasons: readonly number[],
  horizon: number,
  coverage: number,
  methods: readonly ForecastMethod[],
): Promise<Choice> {
  const held = Math.min(horizon, Math.floor(heldShareMax * values.length));
  const origins = originsOf(values.length, held, 2 * (seasons.at(-1) ?? 0));
  const trials: (readonly Trial[])[] = [];
  for (const method of methods) {
    const tried = method.name === 'mstl_ets' ? origins.slice(0, elaborateOrigins) : origins;
    trials.push(await trialsOf(values, seasons, held, coverage, method, tried));
  }
  const best = simplestGood(trials);
  const method = methods[best];
  invariant(method, 'there is a method to choose');
  const path = method.ahead(values, seasons, horizon, coverage);
  const scale = scaleOf(trials[best] ?? [], coverage);
  return {
    method: method.name,
    path: { values: path.values, halves: path.halves.map((half) => half * scale) },
    scale,
    comparison:
      origins.length === 0
        ? []
        : methods.map(({ name }, index) => comparisonOf(name, trials[index] ?? [], index === best)),
  };
}

/** Lengths of the part that is known, the longest first. Everything before the first origin covers two seasons. */
function originsOf(length: number, held: number, trainedMin: number): readonly number[] {
  const newest = length - held;
  const oldest = Math.max(trainedMin, Math.ceil(length / 2));
  if (held < heldMin || newest < oldest) return [];
  const count = Math.min(originsMax, newest - oldest + 1);
  const distance = count === 1 ? 0 : (newest - oldest) / (count - 1);
  return Array.from({ length: count }, (_, index) => Math.round(newest - index * distance));
}

async function trialsOf(
  values: Float64Array,
  seasons: readonly number[],
  held: number,
  coverage: number,
  method: ForecastMethod,
  origins: readonly number[],
): Promise<readonly Trial[]> {
  try {
    const trials: Trial[] = [];
    for (const origin of origins) {
      trials.push({
        path: method.ahead(values.subarray(0, origin), seasons, held, coverage),
        truth: values.subarray(origin, origin + held),
      });
      await turn();
    }
    return trials;
  } catch {
    // A method that cannot do it is not taken; the comparison shows that it has no error.
    return [];
  }
}

function simplestGood(trials: readonly (readonly Trial[])[]): number {
  let best = 0;
  for (let next = 1; next < trials.length; next += 1) {
    const [held, tried] = [trials[best] ?? [], trials[next] ?? []];
    const both = Math.min(held.length, tried.length);
    const isFirstOut = held.length === 0 && tried.length > 0;
    const [error, other] = [errorOf(held.slice(0, both)), errorOf(tried.slice(0, both))];
    const isBetter = error.share > roundingShare && other.mean < (1 - margin) * error.mean;
    if (isFirstOut || (both > 0 && isBetter)) best = next;
  }
  return best;
}

function errorOf(trials: readonly Trial[]): { mean: number; share: number } {
  let [sum, size, count] = [0, 0, 0];
  for (const { path, truth } of trials) {
    for (let step = 0; step < truth.length; step += 1) {
      const miss = Math.abs((truth[step] ?? Number.NaN) - (path.values[step] ?? Number.NaN));
      if (Number.isNaN(miss)) continue;
      sum += miss;
      size += Math.abs(truth[step] ?? 0);
      count += 1;
    }
  }
  return { mean: sum / Math.max(1, count), share: size > 0 ? sum / size : 0 };
}

function comparisonOf(method: ForecastMethodName, trials: readonly Trial[], taken: boolean): Comparison {
  const { mean, share } = errorOf(trials);
  const isKnown = trials.length > 0;
  return {
    method,
    origins: trials.length,
    error: isKnown ? mean : null,
    errorShare: isKnown ? share : null,
    taken,
  };
}

/** What the intervals must be multiplied by so that they hold the share of the held-out values that they promise. */
function scaleOf(trials: readonly Trial[], coverage: number): number {
  const misses: number[] = [];
  for (const { path, truth } of trials) {
    for (let step = 0; step < truth.length; step += 1) {
      const half = path.halves[step] ?? 0;
      const miss = Math.abs((truth[step] ?? Number.NaN) - (path.values[step] ?? Number.NaN));
      if (half > 0 && !Number.isNaN(miss)) misses.push(miss / half);
    }
  }
  if (misses.length < missesMin) return 1;
  const needed = quantileOf(Float64Array.from(misses).sort(), coverage);
  return Math.min(scaleMax, Math.max(scaleMin, needed));
}
