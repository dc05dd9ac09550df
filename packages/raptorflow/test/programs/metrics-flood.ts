/** Offers a million tag sets to a counter, a gauge and a histogram, and prints what the heap grew by, MiB, and what was counted. */
import { createMetrics } from '../../src/metrics/index.ts';

const tagSets = 1_000_000;
const about = { unit: '1', description: 'Something.', category: 'business' } as const;
const metrics = createMetrics();
const calls = metrics.counter({ name: 'calls', ...about });
const depth = metrics.gauge({ name: 'depth', ...about });
const sizes = metrics.histogram({ name: 'sizes', ...about });

const mebibytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

function offer(from: number, to: number): void {
  for (let index = from; index < to; index += 1) {
    const tags = { user: `user-${index}`, route: `/api/v1/resource-${index % 50}` };
    calls.with(tags).add();
    if (index % 4 === 0) depth.with(tags).set(index);
    if (index % 4 === 1) sizes.with(tags).record(index);
  }
}

const empty = mebibytes();
offer(0, 20_000);
const full = mebibytes();
offer(20_000, tagSets);
const after = mebibytes();
const snapshot = metrics.snapshot();
const [counter, , histogram] = snapshot.metrics;
console.log(
  JSON.stringify({
    limitsCostMb: full - empty,
    floodCostMb: after - full,
    series: snapshot.series,
    counted: counter?.kind === 'counter' ? counter.series.reduce((sum, { value }) => sum + value, 0) : 0,
    recorded:
      histogram?.kind === 'histogram' ? histogram.series.reduce((sum, { value }) => sum + value.count, 0) : 0,
    folded: counter?.folded,
  }),
);
