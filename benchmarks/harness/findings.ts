import { median, significant, type Latency } from './statistics.ts';

/** What a contestant measured under one key: a number, or a latency. */
export type Reading = number | Latency;

/** Key → reading. */
export type Readings = Readonly<Record<string, Reading>>;

/** The contestant that the others are compared with. */
export const ours = 'ours';

/** One line of a table: what a contestant reached. */
export interface Row {
  readonly key: string;
  readonly who: string;
  /** Null, or `p50` or `p99` of a latency. */
  readonly part: keyof Latency | null;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Ours divided by this contestant's, the median over the rounds; null for ours. */
  readonly ratio: number | null;
}

/** A figure as it stands in the last line. */
export type Result = number | Readonly<Record<string, number>>;

/** Collects readings, round by round. */
export class Findings {
  // key → who → one reading for each round.
  readonly #readings = new Map<string, Map<string, Reading[]>>();
  readonly #extras = new Map<string, Record<string, number>>();

  /** Notes what a contestant measured in the next round. */
  add(who: string, readings: Readings): void {
    for (const [key, reading] of Object.entries(readings)) {
      let rows = this.#readings.get(key);
      if (!rows) this.#readings.set(key, (rows = new Map()));
      const list = rows.get(who);
      if (list) list.push(reading);
      else rows.set(who, [reading]);
    }
  }

  /** Notes a number that belongs to a key and is no contestant's, such as bytes per pending event. */
  note(key: string, name: string, value: number): void {
    const extras = this.#extras.get(key) ?? {};
    extras[name] = significant(value);
    this.#extras.set(key, extras);
  }

  get keys(): readonly string[] {
    return [...this.#readings.keys()];
  }

  rows(key: string): Row[] {
    const contestants = this.#readings.get(key) ?? new Map<string, Reading[]>();
    const base = contestants.get(ours) ?? [];
    return [...contestants].flatMap(([who, readings]) =>
      partsOf(readings).map((part): Row => {
        const values = readings.map((reading) => valueOf(reading, part));
        const ratios = values.flatMap((value, round) => {
          const mine = base[round];
          return who === ours || mine === undefined || value === 0 ? [] : [valueOf(mine, part) / value];
        });
        return {
          key,
          who,
          part,
          median: median(values),
          min: Math.min(...values),
          max: Math.max(...values),
          ratio: ratios.length === 0 ? null : median(ratios),
        };
      }),
    );
  }

  /** A figure with peers is an object; one without is a plain number. */
  result(key: string): Result {
    const rows = this.rows(key);
    const extras = this.#extras.get(key) ?? {};
    const [first] = rows;
    const alone = rows.length === 1 && Object.keys(extras).length === 0;
    if (alone && first?.part === null && (first.who === ours || key.startsWith(`${first.who}_`))) {
      return significant(first.median);
    }
    const result: Record<string, number> = {};
    for (const row of rows) {
      result[row.part === null ? row.who : `${row.who}_${row.part}`] = significant(row.median);
    }
    for (const row of rows) {
      if (row.ratio === null) continue;
      const suffix = row.part === 'p99' ? '_p99' : '';
      result[`ratio_vs_${row.who}${suffix}`] = significant(row.ratio, 3);
    }
    return { ...result, ...extras };
  }

  /** Those of these figures that were measured, in this order. */
  results(order: readonly string[]): Record<string, Result> {
    const measured = order.filter((key) => this.#readings.has(key));
    return Object.fromEntries(measured.map((key) => [key, this.result(key)]));
  }
}

function partsOf(readings: readonly Reading[]): (keyof Latency | null)[] {
  return typeof readings[0] === 'number' ? [null] : ['p50', 'p99'];
}

function valueOf(reading: Reading, part: keyof Latency | null): number {
  if (typeof reading === 'number') return reading;
  return reading[part ?? 'p50'];
}
