import { binomialTail, quantileOf, sortedValues, studentTwoSided } from '../distribution.ts';
import { regressed, type Regressed } from '../regression.ts';
import { momentOf, type UsageWindow } from '../window.ts';
import type { Found } from './pattern.ts';

const hourMs = 3_600_000;
/** Two-sided 95 % of the normal distribution. */
const z95 = 1.96;
/** A rise over the window below this share of the average is nobody's concern. */
const riseShareMin = 0.05;
/** A change of level below this share of the level before, or below so many standard deviations of what is left, is neither. */
const stepShareMin = 0.1;
const stepDeviationsMin = 1.5;
/** The better of the two shapes leaves fewer squares by this share; in between it is called by neither name but growth. */
const stepAdvantage = 0.9;
/** Errors that are kept to this share from step to step cannot be told from a level that wanders. */
const wanderingFrom = 0.9;
const risingShareMin = 0.8;
/** Steps without a change say nothing about a leak; so many with one are needed. */
const movesMin = 20;
/** Changes below this share of the level are rounding. */
const roundingShare = 1e-9;
/** A fall so many times larger than a usual step is a reset. */
const resetSteps = 8;
const resetsShareMax = 0.1;

/** A ramp or a step, whichever explains more: a slow rise looks like a step to a test of steps, and the other way round. */
export function growthOrStep(window: UsageWindow, values: Float64Array, season: number): Found | null {
  const ramp = regressed(values, season, 'ramp');
  const step = regressed(values, season, 'step');
  if (step.residual < stepAdvantage * ramp.residual) return stepFound(window, values, step);
  return growthFound(window, values, ramp, season);
}

function growthFound(
  window: UsageWindow,
  values: Float64Array,
  ramp: Regressed,
  season: number,
): Found | null {
  const average = averageOf(values, 0, values.length);
  const rise = ramp.effect * values.length;
  const riseShare = rise / Math.abs(average);
  if (average === 0 || !(ramp.effect > 0) || riseShare < riseShareMin) return null;
  const perHour = hourMs / window.stepMs;
  const half = z95 * ramp.error * perHour;
  const growthPerHour = ramp.effect * perHour;
  return {
    chance:
      ramp.dependence < wanderingFrom ? ramp.chance : Math.max(ramp.chance, driftChance(values, season)),
    evidence: {
      kind: 'gradual_growth',
      growthPerHour,
      growthPerHourLow: growthPerHour - half,
      growthPerHourHigh: growthPerHour + half,
      level: average + rise / 2,
      riseShare,
      explained: ramp.explained,
    },
  };
}

/**
 * The chance of the average change between neighbours where there is none. Levels that wander have no line to come back to, and any stretch of
 * their way looks like a trend; their changes are independent, and those are tested.
 */
function driftChance(values: Float64Array, season: number): number {
  const differences = differencesOf(values, season).filter((value) => !Number.isNaN(value));
  const count = differences.length;
  if (count < 3) return 1;
  const average = differences.reduce((sum, value) => sum + value, 0) / count;
  const squares = differences.reduce((sum, value) => sum + (value - average) ** 2, 0);
  return studentTwoSided(average / Math.sqrt(squares / (count - 1) / count), count - 1);
}

function stepFound(window: UsageWindow, values: Float64Array, step: Regressed): Found | null {
  const before = averageOf(values, 0, step.place);
  const change = step.effect;
  if (
    Math.abs(change) < stepShareMin * Math.abs(before) ||
    Math.abs(change) < stepDeviationsMin * step.sigma
  ) {
    return null;
  }
  return {
    chance: step.chance,
    evidence: {
      kind: 'step_change',
      at: momentOf(window, step.place),
      before,
      after: before + change,
      change,
      explained: step.explained,
    },
  };
}

/**
 * What is held and rises at more than four of five changes, the season taken out. Without a leak a step is as likely to fall as to rise, however
 * the noise is distributed and also when the level wanders, so that the sign test holds; steps that go the way of the one before count for less.
 */
export function leak(window: UsageWindow, values: Float64Array, season: number): Found | null {
  const average = averageOf(values, 0, values.length);
  const least = roundingShare * Math.abs(average);
  const differences = differencesOf(values, season).map((value) =>
    Math.abs(value) <= least ? Number.NaN : value,
  );
  const sizes = sortedValues(differences.map((value) => Math.abs(value)));
  if (sizes.length < movesMin) return null;
  let [rises, count, gained, resets, lastReset] = [0, 0, 0, 0, 0];
  const large = resetSteps * quantileOf(sizes, 0.5);
  for (let index = 0; index < differences.length; index += 1) {
    const difference = differences[index] ?? Number.NaN;
    if (Number.isNaN(difference)) continue;
    count += 1;
    if (difference > 0) rises += 1;
    if (difference < -large) [resets, lastReset] = [resets + 1, index];
    else gained += difference;
  }
  const risingShare = rises / count;
  const hours = (values.length * window.stepMs) / hourMs;
  if (
    risingShare <= risingShareMin ||
    gained < riseShareMin * Math.abs(average) ||
    resets > resetsShareMax * count
  )
    return null;
  const independent = Math.max(1, Math.round(count * independentShare(differences)));
  return {
    chance: binomialTail(Math.floor(risingShare * independent), independent, 0.5),
    evidence: {
      kind: 'leak',
      growthPerHour: gained / hours,
      risingShare,
      resets,
      accumulated: (lastKnown(values) ?? 0) - (firstKnown(values, lastReset) ?? 0),
      level: lastKnown(values) ?? 0,
    },
  };
}

/** Value by value the change from the one before, less what the season changes there; NaN beside a gap. */
function differencesOf(values: Float64Array, season: number): Float64Array {
  // The season is fitted beside the line, so that what is left of a whole season is not taken for a rise.
  const { rest, effect } = regressed(values, season, 'ramp');
  return rest.map((value, index) => value - (rest[index - 1] ?? Number.NaN) + effect);
}

/** The share of the signs that are news: those that follow the one before by habit are not. */
function independentShare(differences: Float64Array): number {
  let [mean, count] = [0, 0];
  for (const value of differences) {
    if (!Number.isNaN(value)) [mean, count] = [mean + Math.sign(value), count + 1];
  }
  mean /= Math.max(1, count);
  let [product, squares] = [0, 0];
  for (let index = 1; index < differences.length; index += 1) {
    const [a, b] = [differences[index - 1] ?? Number.NaN, differences[index] ?? Number.NaN];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    product += (Math.sign(a) - mean) * (Math.sign(b) - mean);
    squares += (Math.sign(b) - mean) ** 2;
  }
  const habit = squares > 0 ? Math.min(0.95, Math.max(0, product / squares)) : 0;
  return (1 - habit) / (1 + habit);
}

function averageOf(values: Float64Array, from: number, to: number): number {
  let [sum, count] = [0, 0];
  for (let index = from; index < to; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isNaN(value)) [sum, count] = [sum + value, count + 1];
  }
  return count === 0 ? 0 : sum / count;
}

function firstKnown(values: Float64Array, from: number): number | undefined {
  return values.subarray(from).find((value) => !Number.isNaN(value));
}

function lastKnown(values: Float64Array): number | undefined {
  return values.findLast((value) => !Number.isNaN(value));
}
