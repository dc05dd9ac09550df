import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeClock } from '../../kernel/testing/index.ts';
import { createHistory } from './create-history.ts';
import type { History } from './history.ts';
import type { HistoryStore } from './store.ts';
import type { SampledMetric } from './sampled.ts';
import { memoryHistoryStore } from './stores/memory.ts';

const step = 10_000;
const start = Date.UTC(2026, 0, 1);
// So short that most answers come from roll-ups.
const resolutions = [
  { stepMs: step, keepMs: 12 * step },
  { stepMs: 6 * step, keepMs: 120 * step },
  { stepMs: 60 * step, keepMs: 100_000 * step },
];

/** What happens to two processes that write into one store. */
type Event =
  | { readonly kind: 'record'; readonly who: 0 | 1; readonly tag: string; readonly amount: number }
  | { readonly kind: 'steps'; readonly count: number }
  | { readonly kind: 'restart'; readonly who: 0 | 1; readonly pauseSteps: number };

const who = fc.constantFrom<0 | 1>(0, 1);
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      who,
      tag: fc.constantFrom('a', 'b', 'c'),
      amount: fc.integer({ min: 0, max: 100 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('steps' as const), count: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('restart' as const),
      who,
      pauseSteps: fc.integer({ min: 0, max: 5 }),
    }),
  },
);

/** One process: its counters and gauges begin anew with it. */
interface Life {
  readonly counters: Map<string, number>;
  readonly gauges: Map<string, number>;
  readonly history: History;
}

/** A counted increase or a gauge's sample, as the model knows it. */
interface Fact {
  readonly at: number;
  readonly tag: string;
  readonly source: 0 | 1;
  readonly increase: number;
  readonly gauge: number | undefined;
}

function snapshotOf({ counters, gauges }: Pick<Life, 'counters' | 'gauges'>): { metrics: SampledMetric[] } {
  const about = { unit: '1', description: 'Of a model.', category: 'system' };
  const seriesOf = (values: Map<string, number>): SampledMetric['series'] =>
    Array.from(values, ([tag, value]) => ({ tags: { tag }, value }));
  return {
    metrics: [
      { kind: 'counter', definition: { name: 'count', ...about }, series: seriesOf(counters) },
      { kind: 'gauge', definition: { name: 'gauge', ...about }, series: seriesOf(gauges) },
    ],
  };
}

class Model {
  readonly clock = createFakeClock(start);
  readonly facts: Fact[] = [];
  readonly #store: HistoryStore = memoryHistoryStore();
  readonly #lives: (Life | undefined)[] = [];
  readonly #pending: [Map<string, number>, Map<string, number>] = [new Map(), new Map()];

  async begin(source: 0 | 1): Promise<void> {
    const values = { counters: new Map<string, number>(), gauges: new Map<string, number>() };
    const history = createHistory(
      { source: `p${source}`, resolutions, blockPoints: 12 },
      { metrics: { snapshot: () => snapshotOf(values) }, store: this.#store, clock: this.clock },
    );
    await history.start();
    this.#pending[source].clear();
    this.#lives[source] = { ...values, history };
  }

  get any(): History {
    const [first, second] = this.#lives;
    const history = (first ?? second)?.history;
    if (!history) throw new TypeError('nobody lives');
    return history;
  }

  async apply(next: Event): Promise<void> {
    if (next.kind === 'record') this.#record(next.who, next.tag, next.amount);
    else if (next.kind === 'steps') await this.pass(next.count);
    else {
      await this.#lives[next.who]?.history.stop();
      this.#lives[next.who] = undefined;
      await this.pass(next.pauseSteps);
      await this.begin(next.who);
    }
  }

  async pass(steps: number): Promise<void> {
    for (let index = 0; index < steps; index += 1) {
      await this.clock.advance(step);
      for (const [source, life] of this.#lives.entries()) {
        if (!life) continue;
        for (const tag of life.counters.keys()) {
          const increase = this.#pending[source === 0 ? 0 : 1].get(tag) ?? 0;
          this.facts.push({
            at: this.clock.now(),
            tag,
            source: source === 0 ? 0 : 1,
            increase,
            gauge: life.gauges.get(tag),
          });
        }
        this.#pending[source === 0 ? 0 : 1].clear();
        await life.history.flush();
      }
    }
  }

  async end(): Promise<void> {
    for (const life of this.#lives) await life?.history.stop();
  }

  #record(source: 0 | 1, tag: string, amount: number): void {
    const life = this.#lives[source];
    if (!life) return;
    life.counters.set(tag, (life.counters.get(tag) ?? 0) + amount);
    life.gauges.set(tag, amount - 50);
    this.#pending[source].set(tag, (this.#pending[source].get(tag) ?? 0) + amount);
  }
}

/** What the model says of one step of an answer. */
function expected(
  facts: readonly Fact[],
  tag: string,
  from: number,
  to: number,
): Record<string, number | null> {
  const inside = facts.filter((fact) => fact.tag === tag && fact.at > from && fact.at <= to);
  if (inside.length === 0) return { sum: null, min: null, total: null };
  const gauges = inside.flatMap(({ gauge }) => gauge ?? []);
  const lasts = ([0, 1] as const).map(
    (source) => inside.findLast((fact) => fact.source === source)?.gauge ?? 0,
  );
  return {
    sum: inside.reduce((sum, { increase }) => sum + increase, 0),
    min: Math.min(...gauges),
    total: lasts.reduce((sum, value) => sum + value, 0),
  };
}

test('whatever two processes record, and however often they begin anew: every answer is what the samples say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 15, maxLength: 40 }), async (events) => {
      const model = new Model();
      await model.begin(0);
      await model.begin(1);
      for (const next of events) await model.apply(next);
      await model.pass(1);
      const to = model.clock.now();
      for (const width of [step, 6 * step, 60 * step, 7 * step]) {
        for (const [metric, aggregation, key] of [
          ['count', 'sum', 'sum'],
          ['gauge', 'min', 'min'],
          ['gauge', 'sum', 'total'],
        ] as const) {
          const answer = await model.any.query({ metric, aggregation, from: start, to, step: width });
          for (const { tags, points } of answer.series) {
            const found = points.map(({ value }) => value);
            const wanted = points.map(
              ({ at }) => expected(model.facts, tags['tag'] ?? '', at - answer.step, at)[key],
            );
            expect(found, `${metric} ${aggregation} ${tags['tag']} by ${width}`).toEqual(wanted);
          }
        }
      }
      await model.end();
    }),
    { numRuns: 25 },
  );
});
