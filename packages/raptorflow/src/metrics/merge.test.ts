import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import { defineInstrument } from './custom-kind.ts';
import { mergeSnapshots } from './merge.ts';
import { createMetrics, type Metrics } from './registry.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot-codec.ts';

const about = { unit: '1', description: 'Something.', category: 'business' } as const;
const highest = defineInstrument({
  kind: 'highest',
  observe: (state: number | undefined, input: number) => Math.max(state ?? input, input),
  merge: (a: number, b: number) => Math.max(a, b),
  encode: (state: number) => state,
  expose: (value: number) => [{ suffix: '', type: 'gauge', value }],
});

interface Recording {
  readonly process: number;
  readonly user: string;
  readonly value: number;
}

function record(metrics: Metrics, { user, value }: Recording): void {
  const tags = { user };
  metrics
    .counter({ name: 'count', ...about })
    .with(tags)
    .add(value);
  metrics
    .gauge({ name: 'most', ...about, merge: 'max' })
    .with({})
    .set(value);
  metrics
    .histogram({ name: 'sizes', ...about })
    .with(tags)
    .record(value);
  metrics
    .rate({ name: 'rate', ...about })
    .with(tags)
    .mark(value);
  metrics
    .custom(highest, { name: 'highest', ...about })
    .with(tags)
    .observe(value);
}

const recordings = fc.array(
  fc.record({
    process: fc.integer({ min: 0, max: 2 }),
    user: fc.constantFrom('ann', 'bob', 'cid'),
    value: fc.integer({ min: 0, max: 1_000 }),
  }),
  { minLength: 1, maxLength: 60 },
);

const sortedSeries = (series: readonly { readonly tags: object; readonly value: unknown }[]): unknown =>
  [...series]
    .map((each) => [JSON.stringify(each.tags), each.value])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));

test('what several processes recorded merges to exactly what one would have recorded, also through JSON', () => {
  fc.assert(
    fc.property(recordings, (all) => {
      const clock = createFakeClock();
      const one = createMetrics({}, { clock });
      const several = [0, 1, 2].map(() => createMetrics({}, { clock }));
      for (const recording of all) {
        record(one, recording);
        const process = several[recording.process];
        if (process) record(process, recording);
      }
      const passed = several.map((metrics) =>
        decodeSnapshot(JSON.parse(JSON.stringify(encodeSnapshot(metrics.snapshot())))),
      );
      const merged = mergeSnapshots(passed, { kinds: [highest] });
      for (const name of ['count', 'sizes', 'rate', 'highest']) {
        const of = (snapshot: typeof merged): unknown =>
          sortedSeries(snapshot.metrics.find(({ definition }) => definition.name === name)?.series ?? []);
        expect(of(merged)).toEqual(of(one.snapshot()));
      }
    }),
  );
});

test('gauges merge by the rule of their definition; the last is that of the newest snapshot', async () => {
  const clock = createFakeClock();
  const snapshots = [];
  for (const value of [5, 2, 9]) {
    const metrics = createMetrics({}, { clock });
    metrics.gauge({ name: 'plain', ...about }).set(value);
    for (const merge of ['sum', 'max', 'min', 'last'] as const) {
      metrics.gauge({ name: `by_${merge}`, ...about, merge }).set(value);
    }
    snapshots.push(metrics.snapshot());
    await clock.advance(1_000);
  }
  const merged = mergeSnapshots([...snapshots].reverse());
  expect(merged.takenAt).toBe(Date.UTC(2026, 0, 1) + 2_000);
  expect(merged.series).toBe(5);
  expect(
    Object.fromEntries(merged.metrics.map(({ definition, series }) => [definition.name, series[0]?.value])),
  ).toEqual({
    by_last: 9,
    by_max: 9,
    by_min: 2,
    by_sum: 16,
    plain: 16,
  });
});

test('drops, folds and exemplars of all processes are there; the last exemplar of a band stays', async () => {
  const clock = createFakeClock();
  const snapshots = [];
  for (const process of ['p', 'q']) {
    const metrics = createMetrics({ seriesPerMetricMax: 1 }, { clock });
    const calls = metrics.counter({ name: 'calls', ...about });
    calls.with({ user: 'ann' }).add(100);
    calls.with({ user: 'bob' }).add(3);
    calls.add(Number.NaN);
    const sizes = metrics.histogram({ name: 'sizes', ...about, bounds: [10] });
    sizes.record(process === 'p' ? 20 : 1, { correlationId: `${process}_1` });
    sizes.record(2, { correlationId: `${process}_2` });
    snapshots.push(metrics.snapshot());
    await clock.advance(1_000);
  }
  const { metrics, valuesDropped } = mergeSnapshots(snapshots);
  expect(valuesDropped).toBe(2);
  expect(metrics).toMatchObject([
    {
      lookupsFolded: 2,
      folded: { weight: 6, replaced: 0, heaviest: [{ tags: { user: 'bob' }, weight: 6, errorMax: 0 }] },
      foldedExamples: [{ user: 'bob' }, { user: 'bob' }],
    },
    { series: [{ exemplars: [{ correlationId: 'q_2' }, { correlationId: 'p_1' }] }] },
  ]);
});

test('a name of two kinds is a conflict, and kinds that nobody knows are left out', () => {
  const [a, b] = [createMetrics(), createMetrics()];
  a.gauge({ name: 'x', ...about }).set(1);
  b.counter({ name: 'x', ...about }).add(1);
  expect(() => mergeSnapshots([a.snapshot(), b.snapshot()])).toThrow(
    expect.objectContaining({ code: 'metric_conflict' }),
  );
  const c = createMetrics();
  c.custom(highest, { name: 'highest', ...about }).observe(1);
  expect(mergeSnapshots([c.snapshot()]).metrics).toEqual([]);
  expect(mergeSnapshots([])).toEqual({ takenAt: 0, metrics: [], series: 0, valuesDropped: 0 });
});
