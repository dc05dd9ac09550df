import type { InstrumentDefinition } from '../definition.ts';

/** How a metric appears to Prometheus. */
export interface ExposedName {
  /** The family's name; samples of counters and histograms append their suffix to it. */
  readonly name: string;
  /** The base unit, when the name ends with it; empty otherwise. */
  readonly unit: string;
  /** A value in the base unit. */
  readonly convert: (value: number) => number;
}

/** What a family's samples are called: the suffixes of its names. */
export type FamilyShape = 'counter' | 'gauge' | 'histogram';

interface BaseUnit {
  readonly unit: string;
  readonly convert: (value: number) => number;
  /** Endings of names that say the same unit, and are replaced by it. */
  readonly endings: readonly string[];
}

const same = (value: number): number => value;
// Divided, not multiplied: 7 / 1000 is the double nearest to 0.007, and 7 * 0.001 is not.
const per =
  (divisor: number) =>
  (value: number): number =>
    value / divisor;
const times =
  (factor: number) =>
  (value: number): number =>
    value * factor;

const baseUnits: Readonly<Record<string, BaseUnit>> = {
  s: { unit: 'seconds', convert: same, endings: ['s', 'sec', 'seconds'] },
  ms: { unit: 'seconds', convert: per(1_000), endings: ['ms', 'milliseconds'] },
  us: { unit: 'seconds', convert: per(1_000_000), endings: ['us', 'microseconds'] },
  ns: { unit: 'seconds', convert: per(1_000_000_000), endings: ['ns', 'nanoseconds'] },
  minutes: { unit: 'seconds', convert: times(60), endings: ['minutes'] },
  hours: { unit: 'seconds', convert: times(3_600), endings: ['hours'] },
  bytes: { unit: 'bytes', convert: same, endings: ['b', 'bytes'] },
  kb: { unit: 'bytes', convert: times(1_000), endings: ['kb', 'kilobytes'] },
  mb: { unit: 'bytes', convert: times(1_000_000), endings: ['mb', 'megabytes'] },
  gb: { unit: 'bytes', convert: times(1_000_000_000), endings: ['gb', 'gigabytes'] },
};
const noUnit: BaseUnit = { unit: '', convert: same, endings: [] };

const sampleSuffixes: Readonly<Record<FamilyShape, readonly string[]>> = {
  counter: ['', '_total'],
  gauge: [''],
  histogram: ['', '_bucket', '_count', '_sum'],
};

function baseOf(unit: string): BaseUnit {
  return (Object.hasOwn(baseUnits, unit) ? baseUnits[unit] : undefined) ?? noUnit;
}

/** A metric's name without its unit, and without endings that Prometheus keeps for certain types. */
export function stemOf({ name, unit }: Pick<InstrumentDefinition, 'name' | 'unit'>): string {
  let stem = name;
  for (let before = ''; before !== stem;) {
    before = stem;
    stem = stem.replace(/(.)_(?:total|bucket|count|sum)$/, '$1');
  }
  const ending = baseOf(unit).endings.find((each) => stem.endsWith(`_${each}`));
  return ending === undefined ? stem : stem.slice(0, -ending.length - 1);
}

/**
 * Gives each metric of one exposition its name: `_ms` becomes `_seconds` with the values converted (so do the other units of time and
 * size), a counter's `_total` is left to its sample, and endings that Prometheus keeps for other types are left out. Two metrics that
 * would get the same name, or names of samples, are told apart by `_2`, `_3` …
 */
export class ExpositionNames {
  readonly #taken: Set<string> = new Set();

  nameOf(definition: Pick<InstrumentDefinition, 'name' | 'unit'>, shape: FamilyShape): ExposedName {
    const base = Object.hasOwn(baseUnits, definition.unit) ? baseUnits[definition.unit] : undefined;
    const { unit, convert, endings } = base ?? noUnit;
    let stem = definition.name;
    for (let before = ''; before !== stem;) {
      before = stem;
      stem = stem.replace(/(.)_(?:total|bucket|count|sum)$/, '$1');
    }
    const ending = endings.find((each) => stem.endsWith(`_${each}`));
    if (ending !== undefined) stem = stem.slice(0, -ending.length - 1);
    return { name: this.#claim(stem, unit, shape), unit, convert };
  }

  #claim(stem: string, unit: string, shape: FamilyShape): string {
    for (let number = 1; ; number += 1) {
      const numbered = number === 1 ? stem : `${stem}_${number}`;
      const name = unit === '' ? numbered : `${numbered}_${unit}`;
      const samples = sampleSuffixes[shape].map((suffix) => name + suffix);
      if (samples.some((sample) => this.#taken.has(sample))) continue;
      for (const sample of samples) this.#taken.add(sample);
      return name;
    }
  }
}
