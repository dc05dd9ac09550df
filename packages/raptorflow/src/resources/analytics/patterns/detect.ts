import { notEnough } from '../profile.ts';
import { detectSeason } from '../season.ts';
import type { UsageSeries } from '../usage.ts';
import type { UsageWindow } from '../window.ts';
import { growthOrStep, leak } from './growth.ts';
import type { Found, PatternKind, Undecided, UsagePattern } from './pattern.ts';
import { periodicSpikes, spikesOf } from './spikes.ts';
import { underUse } from './under-use.ts';

/** How patterns are looked for. */
export interface DetectOptions {
  /** A pattern is reported from this confidence on, such as 0.99. */
  readonly confidence: number;
  /** Seasons that usage may have by its nature, such as a day and a week; milliseconds. Empty where nothing repeats. */
  readonly seasonsMs: readonly number[];
}

/** What a series shows in a window. */
export interface Detection {
  readonly patterns: readonly UsagePattern[];
  /** Patterns that could not be decided for want of samples. */
  readonly undecided: readonly Undecided[];
}

/** So many samples make a statement about the level, and so many one about its movement. */
const levelSamplesMin = 24;
const movementSamplesMin = 48;
const spikeSamplesMin = 24;
const confidenceMax = 0.9999;
/** As many patterns are looked for at once; the chance of any of them by accident is shared among them. */
const looks = 5;

/**
 * Looks for patterns in one window of a series. Growth, leak and step change take two of the shortest expected season, because less cannot be
 * told from the season itself; a cycle longer than half of the window looks like growth.
 */
export function detectPatterns(series: UsageSeries, window: UsageWindow, options: DetectOptions): Detection {
  const seasons = options.seasonsMs.map((seasonMs) => Math.round(seasonMs / window.stepMs));
  const needed = neededSamples(window, seasons);
  const kinds: readonly PatternKind[] =
    series.kind === 'held'
      ? ['gradual_growth', 'step_change', 'leak', 'periodic_spikes', 'underutilization']
      : ['gradual_growth', 'step_change', 'periodic_spikes'];
  const undecided = kinds
    .filter((kind) => window.samples < needed[kind])
    .map((kind): Undecided => ({
      ...notEnough(window.samples, needed[kind]),
      series,
      resourceType: series.resourceType,
      pattern: kind,
      windowFrom: window.from,
      windowTo: window.to,
    }));
  const decided = new Set(kinds.filter((kind) => window.samples >= needed[kind]));
  if (decided.size === 0) return { patterns: [], undecided };
  const spiked = spikesOf(window.values);
  const season = decided.has('gradual_growth') ? detectSeason(spiked.quiet, seasons) : 0;
  const level = Math.max(...seasons.filter((steps) => 2 * steps <= window.values.length), season, 0);
  const found: Found[] = [];
  const keep = (one: Found | null): boolean => {
    if (!one || looks * one.chance > 1 - options.confidence) return false;
    found.push(one);
    return true;
  };
  if (decided.has('gradual_growth')) {
    const isLeak = decided.has('leak') && keep(leak(window, spiked.quiet, season));
    if (!isLeak) keep(growthOrStep(window, spiked.quiet, season));
  }
  const hasSpikes = decided.has('periodic_spikes') && keep(periodicSpikes(window, spiked));
  // Where spikes explain the distance between average and peak, only a known capacity shows under-use.
  if (decided.has('underutilization') && (series.capacity !== null || !hasSpikes)) {
    keep(underUse(window, series.capacity, level));
  }
  return { patterns: found.map((one) => patternOf(series, window, season, one)), undecided };
}

function neededSamples(
  window: UsageWindow,
  seasons: readonly number[],
): Readonly<Record<PatternKind, number>> {
  const shortest = Math.min(...seasons.filter((steps) => steps >= 2));
  const once = Number.isFinite(shortest) ? shortest : 0;
  // Gaps are forgiven up to a tenth, and a window that is longer than two seasons may have more of them.
  const movement = Math.max(
    movementSamplesMin,
    Math.ceil(2 * once * (2 * once > window.values.length ? 1 : 0.9)),
  );
  return {
    gradual_growth: movement,
    step_change: movement,
    leak: movement,
    periodic_spikes: spikeSamplesMin,
    underutilization: Math.max(levelSamplesMin, Math.ceil(0.9 * once)),
  };
}

function patternOf(series: UsageSeries, window: UsageWindow, season: number, found: Found): UsagePattern {
  return {
    series,
    resourceType: series.resourceType,
    windowFrom: window.from,
    windowTo: window.to,
    stepMs: window.stepMs,
    samples: window.samples,
    seasonMs: season === 0 ? null : season * window.stepMs,
    confidence: Math.min(confidenceMax, 1 - looks * found.chance),
    evidence: found.evidence,
  };
}
