import type { BoundCounter, Counter, Meter } from '../../metrics/index.ts';
import { quotaKey, type QuotaDefinition } from './definition.ts';
import type { QuotaCounts } from './quotas.ts';

type Kind = keyof QuotaCounts;

const about: Readonly<Record<Kind, string>> = {
  checks: 'Requests and checks that met a quota.',
  violations: 'Requests that did not fit under the limit of a quota.',
  warnings: 'Times that usage of a quota passed 90 % of its limit.',
  blocks: 'Requests that a quota refused.',
  throttles: 'Requests that a quota made to wait.',
  resets: 'Resets of a quota by a person.',
};
const kinds = Object.keys(about) as Kind[];

/** What happened to one quota: plain numbers for the report, and series for the meter. */
export class Tally {
  readonly quotaId: string;
  readonly counts: Record<Kind, number> = {
    checks: 0,
    violations: 0,
    warnings: 0,
    blocks: 0,
    throttles: 0,
    resets: 0,
  };
  readonly #series: Readonly<Record<Kind, BoundCounter>>;
  readonly #checks: BoundCounter;

  constructor(quotaId: string, series: Readonly<Record<Kind, BoundCounter>>) {
    this.quotaId = quotaId;
    this.#series = series;
    this.#checks = series.checks;
  }

  check(): void {
    this.counts.checks += 1;
    this.#checks.add(1);
  }

  add(kind: Kind): void {
    this.counts[kind] += 1;
    this.#series[kind].add(1);
  }
}

/** The tallies of all quotas, kept while a quota exists. */
export class Tallies {
  readonly #instruments: Readonly<Record<Kind, Counter>>;
  readonly #tallies = new Map<string, Tally>();

  constructor(meter: Meter) {
    this.#instruments = recordOf((kind) =>
      meter.counter({
        name: `quota_${kind}`,
        unit: kind === 'warnings' || kind === 'resets' ? 'events' : 'requests',
        description: about[kind],
        category: 'resource',
      }),
    );
  }

  of(quota: Pick<QuotaDefinition, 'id' | 'workspaceId'>): Tally {
    const key = quotaKey(quota);
    let tally = this.#tallies.get(key);
    if (!tally) {
      const series = recordOf((kind) => this.#instruments[kind].with({ quota: quota.id }));
      tally = new Tally(quota.id, series);
      this.#tallies.set(key, tally);
    }
    return tally;
  }

  /** `key` as `quotaKey` makes it. */
  forget(key: string): void {
    this.#tallies.delete(key);
  }

  total(): QuotaCounts {
    return recordOf((kind) => [...this.#tallies.values()].reduce((sum, { counts }) => sum + counts[kind], 0));
  }

  byQuota(): Readonly<Record<string, QuotaCounts>> {
    const sums: Record<string, Record<Kind, number>> = {};
    for (const { quotaId, counts } of this.#tallies.values()) {
      const sum = sums[quotaId];
      sums[quotaId] = recordOf((kind) => (sum?.[kind] ?? 0) + counts[kind]);
    }
    return sums;
  }
}

function recordOf<Value>(make: (kind: Kind) => Value): Record<Kind, Value> {
  return Object.fromEntries(kinds.map((kind) => [kind, make(kind)])) as Record<Kind, Value>;
}
