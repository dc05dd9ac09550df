import { seededRandom, type Random } from 'raptorflow/kernel';

/** Samples of one series. */
export interface SampleSeries {
  readonly kind: string;
  readonly number: number;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

const seriesPerKind = 40;
const samplesPerSeries = 5_760;
const stepMs = 15_000;

type Maker = (random: Random) => () => number;

/** All 53 bits of a double's fraction; the seeded generator itself has 32. */
const fraction = (random: Random): number =>
  (Math.floor(random.next() * 2 ** 32) * 2 ** 21 + Math.floor(random.next() * 2 ** 21)) / 2 ** 53;
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

const kinds: Readonly<Record<string, Maker>> = {
  cpu_percent: (random) => {
    let value = random.next() * 100;
    return () => {
      value = Math.min(100, Math.max(0, value + (random.next() - 0.5) * 8));
      return Number(value.toFixed(1));
    };
  },
  counter: (random) => {
    let value = Math.floor(random.next() * 1e6);
    return () => (value += Math.floor(random.next() * 20));
  },
  bytes: (random) => {
    let value = Math.floor(random.next() * 2e5) * 4_096;
    return () => (value = Math.max(0, value + Math.round((random.next() - 0.5) * 2_000) * 4_096));
  },
  nearly_constant: (random) => {
    let value = Math.floor(random.next() * 100);
    return () => {
      if (random.next() < 0.001) value = Math.floor(random.next() * 100);
      return value;
    };
  },
  random: (random) => () => fraction(random),
  latency_ms: (random) => {
    const middle = Math.log(5 + random.next() * 50);
    return () => Number(Math.exp(middle + 0.8 * normal(random)).toFixed(3));
  },
};

/**
 * What monitoring records: six kinds of series, 40 of each, 5,760 samples 15 s apart (a day), or so many fewer for a short run. With jitter the
 * times are up to so many milliseconds off the grid.
 */
export function mixedSamples(startMs: number, jitterMs: number, share = 1): SampleSeries[] {
  const random = seededRandom(20_261_127);
  const length = Math.round(samplesPerSeries * share);
  const all: SampleSeries[] = [];
  for (const [kind, make] of Object.entries(kinds)) {
    for (let number = 0; number < seriesPerKind; number += 1) {
      const next = make(random);
      const values = Float64Array.from({ length }, next);
      const times = Float64Array.from(
        { length },
        (_, index) => startMs + index * stepMs + Math.round((random.next() - 0.5) * 2 * jitterMs),
      );
      all.push({ kind, number, times, values });
    }
  }
  return all;
}
