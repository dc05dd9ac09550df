import { seededRandom, type Random } from '../../../kernel/index.ts';
import type { PatternKind } from '../patterns/pattern.ts';
import type { UsagePoint, UsageSeries } from '../usage.ts';
import { windowOf, type UsageWindow } from '../window.ts';

/** One hour, and the Monday on which all generated series begin. */
export const hourMs = 3_600_000;
export const beginning: number = Date.UTC(2026, 0, 5);

/** Values by the hour, asked for in order. */
export type Generator = (hour: number) => number;

/** A series of handles of which nothing else is known, unless told otherwise. */
export function seriesOf(known: Partial<UsageSeries> = {}): UsageSeries {
  return {
    id: 'open_handles',
    resourceType: 'file_handle',
    kind: 'held',
    unit: 'handles',
    workspaceId: null,
    capacity: null,
    quotaId: null,
    taskId: null,
    ...known,
  };
}

/** Normal draws of average 0 and deviation 1 (G. Box and M. Muller). */
export function normal(random: Random): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** The hours of a generator as points; a share of them is lost. */
export function pointsOf(generator: Generator, hours: number, gapShare = 0, seed = 1): UsagePoint[] {
  const random = seededRandom(seed);
  return Array.from({ length: hours }, (_, hour) => {
    const value = generator(hour);
    return { at: beginning + (hour + 1) * hourMs, value: random.next() < gapShare ? null : value };
  });
}

/** The same as a window. */
export function hoursOf(generator: Generator, hours: number, gapShare = 0, seed = 1): UsageWindow {
  const range = { from: beginning, to: beginning + hours * hourMs, stepMs: hourMs };
  return windowOf(pointsOf(generator, hours, gapShare, seed), range);
}

const wave = (hour: number, shift = 0): number => Math.sin((2 * Math.PI * (hour + shift)) / 24);

/** Series in which there is nothing to find, each different for every seed. */
export const quietSeries: Readonly<Record<string, (seed: number) => Generator>> = {
  constant: () => () => 42,
  noise: (seed) => noisy(seed, () => 100, 5),
  'whole numbers': (seed) => {
    const draw = normal(seededRandom(seed));
    return () => Math.round(5 + draw());
  },
  'a day without noise': (seed) => (hour) => 100 + 30 * wave(hour, seed),
  'a day': (seed) => noisy(seed, (hour) => 100 + 30 * wave(hour, seed), 4),
  'a week': (seed) => noisy(seed, (hour) => (Math.floor(hour / 24) % 7 >= 5 ? 30 : 100) + 20 * wave(hour), 3),
  'noise that remembers': (seed) => {
    const draw = normal(seededRandom(seed));
    let rest = 0;
    return () => 100 + (rest = 0.7 * rest + 4 * draw());
  },
  'a level that wanders': (seed) => {
    const draw = normal(seededRandom(seed));
    let level = 200;
    return () => (level += draw());
  },
  'skewed noise': (seed) => {
    const draw = normal(seededRandom(seed));
    return () => Math.exp(3 + 0.4 * draw());
  },
  'spikes at random moments': (seed) => {
    const random = seededRandom(seed);
    const draw = normal(random);
    return () => 100 + 2 * draw() + (random.next() < 0.05 ? 60 : 0);
  },
  'a fall': (seed) => noisy(seed, (hour) => 250 - 0.4 * hour, 5),
};

/** Series that have one pattern, and which. */
export const patternedSeries: Readonly<
  Record<string, { readonly kind: PatternKind; readonly make: (seed: number) => Generator }>
> = {
  'a rise in noise': {
    kind: 'gradual_growth',
    make: (seed) => noisy(seed, (hour) => 100 + (0.1 + (seed % 5) / 20) * hour, 6),
  },
  'a rise over days': {
    kind: 'gradual_growth',
    make: (seed) => noisy(seed, (hour) => 100 + 30 * wave(hour, seed) + 0.2 * hour, 5),
  },
  'handles that are forgotten': {
    kind: 'leak',
    make: (seed) => {
      const random = seededRandom(seed);
      let open = 100;
      return () => (open += random.next() < 0.4 ? 1 : 0);
    },
  },
  'a leak over days': {
    kind: 'leak',
    make: (seed) => noisy(seed, (hour) => 100 + 30 * wave(hour, seed) + 2 * hour, 0.5),
  },
  'a leak with restarts': {
    kind: 'leak',
    make: (seed) => {
      const random = seededRandom(seed);
      let open = 100;
      return () => (open = random.next() < 0.01 ? 100 : open + 2 * random.next());
    },
  },
  spikes: {
    kind: 'periodic_spikes',
    make: (seed) => {
      const period = [6, 8, 12, 24, 24.5][seed % 5] ?? 6;
      return noisy(seed, (hour) => 100 + (hour % period < 1 ? 60 : 0), 3);
    },
  },
  'spikes over days': {
    kind: 'periodic_spikes',
    make: (seed) => {
      const period = [6, 8, 12, 24][seed % 4] ?? 6;
      return noisy(seed, (hour) => 100 + 30 * wave(hour, seed) + (hour % period < 1 ? 70 : 0), 3);
    },
  },
  'a new level': {
    kind: 'step_change',
    make: (seed) => noisy(seed, (hour) => (hour < stepAt(seed) ? 100 : 125), 5),
  },
  'a new level over days': {
    kind: 'step_change',
    make: (seed) => noisy(seed, (hour) => (hour < stepAt(seed) ? 100 : 70) + 20 * wave(hour, seed), 5),
  },
  'a pool that idles': {
    kind: 'underutilization',
    make: (seed) => {
      const random = seededRandom(seed);
      return (hour) => 4 + 2 * random.next() + (random.next() < 0.02 || hour === 100 ? 40 : 0);
    },
  },
};

/** Where the level changes. */
export function stepAt(seed: number): number {
  return 72 + ((seed * 37) % 192);
}

function noisy(seed: number, truth: Generator, deviation: number): Generator {
  const draw = normal(seededRandom(seed * 7_919 + 13));
  return (hour) => truth(hour) + deviation * draw();
}
