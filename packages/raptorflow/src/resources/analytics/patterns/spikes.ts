import { binomialTail, quantileOf, sortedValues } from '../distribution.ts';
import { momentOf, type UsageWindow } from '../window.ts';
import type { Found } from './pattern.ts';

/** A run of samples far above what is around them. */
interface Spike {
  /** The index of the highest sample. */
  readonly at: number;
  readonly length: number;
  readonly height: number;
}

/** The spikes of a window, and the values without them. */
export interface Spiked {
  readonly spikes: readonly Spike[];
  readonly quiet: Float64Array;
}

/** Half of the samples that the surroundings of one are judged by. */
const reach = 4;
const neighboursMin = 3;
/** Robust standard deviations above the surroundings. */
const deviationsMin = 4;
/** A spike also stands out by this share of the usual value, so that the last digit of a constant is none. */
const heightShareMin = 0.1;
const madToSigma = 1.4826;
/** Longer ones are levels, not spikes. */
const spikeLengthMax = reach;
const spikesMin = 4;
const spikesMax = 500;
/** Spikes are not more than this share of a window. */
const dutyMax = 0.3;
/** Periods are looked for where they fit at least so often. */
const cyclesMin = 3;
/** How far spikes may lie from where the period wants them, in shares of the period and in steps. */
const jitterShare = 0.05;
const onTimeMin = 0.75;

/** Finds spikes: samples that exceed the median of their surroundings by much more than samples usually differ from it. */
export function spikesOf(values: Float64Array): Spiked {
  const above = aboveSurroundings(values);
  const deviations = sortedValues(above.map((value) => Math.abs(value)));
  const usual = Math.abs(quantileOf(sortedValues(values), 0.5));
  const sigma = madToSigma * quantileOf(deviations, 0.5);
  const least = Math.max(deviationsMin * sigma, heightShareMin * usual, Number.MIN_VALUE);
  const spikes: Spike[] = [];
  const quiet = values.slice();
  for (let index = 0; index < values.length; index += 1) {
    if (!((above[index] ?? 0) >= least) || !exceedsBothSides(values, index, (above[index] ?? 0) / 2))
      continue;
    let [end, at] = [index, index];
    while (end < values.length && (above[end] ?? 0) >= least / 2) {
      if ((above[end] ?? 0) > (above[at] ?? 0)) at = end;
      end += 1;
    }
    if (end - index <= spikeLengthMax) {
      spikes.push({ at, length: end - index, height: above[at] ?? 0 });
      quiet.fill(Number.NaN, index, end);
    }
    index = end;
  }
  return { spikes, quiet };
}

/**
 * Whether the spikes keep a period. For every period and every place in it, the chance that as many of so many spikes at random moments lie
 * together is a binomial tail; it is multiplied by the number of places and periods that were tried.
 */
export function periodicSpikes(window: UsageWindow, { spikes }: Spiked): Found | null {
  const count = spikes.length;
  const duty = spikes.reduce((sum, { length }) => sum + length, 0) / Math.max(1, window.samples);
  if (count < spikesMin || count > spikesMax || duty > dutyMax) return null;
  const best = bestPeriod(
    spikes.map(({ at }) => at),
    window.values.length,
  );
  if (!best || best.onTime < onTimeMin * count || best.onTime < onTimeMin * expected(window, best.period)) {
    return null;
  }
  const middle = (values: readonly number[]): number => quantileOf(Float64Array.from(values).sort(), 0.5);
  const lastAt = momentOf(window, spikes.at(-1)?.at ?? 0);
  const periodMs = best.period * window.stepMs;
  return {
    chance: best.chance,
    evidence: {
      kind: 'periodic_spikes',
      periodMs,
      spikes: count,
      spikesOnTime: best.onTime,
      height: middle(spikes.map(({ height }) => height)),
      durationMs: middle(spikes.map(({ length }) => length)) * window.stepMs,
      lastAt,
      nextAt: lastAt + periodMs * Math.max(1, Math.ceil((window.to - lastAt) / periodMs)),
    },
  };
}

/** So many spikes of the period fall into steps that have a value. */
function expected({ values, samples }: UsageWindow, period: number): number {
  return Math.floor(samples / period) * Math.min(1, values.length / Math.max(1, samples));
}

interface Period {
  readonly period: number;
  readonly onTime: number;
  readonly chance: number;
}

function bestPeriod(moments: readonly number[], length: number): Period | null {
  const [first, last] = [moments[0] ?? 0, moments.at(-1) ?? 0];
  const periods = new Set<number>();
  // Whole numbers of steps, and those that put the first and the last spike on time, which need not be whole.
  for (let period = 3; period * cyclesMin <= length; period += 1) periods.add(period);
  for (let cycles = cyclesMin - 1; (last - first) / cycles >= 3; cycles += 1) {
    periods.add((last - first) / cycles);
  }
  const places = moments.length * periods.size * 2;
  const widths = [...periods].flatMap((period) => [
    [period, 0.5] as const,
    [period, Math.max(0.5, jitterShare * period)] as const,
  ]);
  let best: Period | null = null;
  for (const [period, jitter] of widths) {
    const arc = Math.min(1, (2 * jitter + 1) / period);
    if (arc >= 0.5) continue;
    const onTime = onTimeOf(moments, period, jitter);
    const chance = Math.min(1, places * binomialTail(onTime - 1, moments.length - 1, arc));
    // Spikes that keep a period keep its parts, too; their chance is larger because their arcs are.
    if (!best || chance < best.chance) best = { period, onTime, chance };
  }
  return best;
}

/** The most spikes that lie within one arc of the period. */
function onTimeOf(moments: readonly number[], period: number, jitter: number): number {
  const phases = moments.map((moment) => moment % period).sort((a, b) => a - b);
  const count = phases.length;
  let most = 0;
  let end = 0;
  for (let start = 0; start < count; start += 1) {
    end = Math.max(end, start);
    const limit = (phases[start] ?? 0) + 2 * jitter + 1e-9;
    while (end < start + count) {
      const phase = (phases[end % count] ?? 0) + (end >= count ? period : 0);
      if (phase > limit) break;
      end += 1;
    }
    most = Math.max(most, end - start);
  }
  return most;
}

/** Each value less the median of its surroundings, itself left out. */
function aboveSurroundings(values: Float64Array): Float64Array {
  return values.map((value, index) => {
    const around = Float64Array.of(...before(values, index), ...after(values, index));
    return around.length < neighboursMin ? Number.NaN : value - quantileOf(around.sort(), 0.5);
  });
}

/** A value before a fall, as after a restart, exceeds only what comes after it, and is no spike. */
function exceedsBothSides(values: Float64Array, index: number, least: number): boolean {
  return [before(values, index), after(values, index)].every(
    (side) => side.length === 0 || (values[index] ?? Number.NaN) - quantileOf(side, 0.5) >= least,
  );
}

function before(values: Float64Array, index: number): Float64Array {
  return sortedValues(values.subarray(Math.max(0, index - reach), index));
}

function after(values: Float64Array, index: number): Float64Array {
  return sortedValues(values.subarray(index + 1, index + 1 + reach));
}
