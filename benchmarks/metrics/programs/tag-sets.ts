/**
 * Offers a number of distinct tag sets to one counter, and prints by how many MiB this process and its heap grew:
 * `tag-sets.ts <who> <number>`.
 */
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import * as prom from 'prom-client';
import { createMetrics } from 'raptorflow/metrics';
import { IdleReader } from '../idle-reader.ts';

const [, , who = 'ours', number = '1000000'] = process.argv;
const count = Number(number);
const mebibytes = (): { rss: number; heap: number } => {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 };
};
const tagsOf = (index: number): { user: string; route: string } => ({
  user: `user-${index}`,
  route: `/api/v1/resource-${index % 50}`,
});

/** Answers how many recordings can be found afterwards. */
function offer(): () => Promise<number> {
  if (who === 'prom-client') {
    const labelNames = ['user', 'route'] as const;
    const counter = new prom.Counter({ name: 'calls', help: 'Calls.', labelNames, registers: [] });
    for (let index = 0; index < count; index += 1) counter.inc(tagsOf(index));
    return async () => (await counter.get()).values.reduce((sum, { value }) => sum + value, 0);
  }
  if (who === 'opentelemetry') {
    const counter = new MeterProvider({ readers: [new IdleReader()] })
      .getMeter('bench')
      .createCounter('calls');
    for (let index = 0; index < count; index += 1) counter.add(1, tagsOf(index));
    return () => Promise.resolve(count);
  }
  const metrics = createMetrics();
  const about = { unit: 'calls', description: 'Calls.', category: 'performance' } as const;
  const calls = metrics.counter({ name: 'calls', ...about });
  for (let index = 0; index < count; index += 1) calls.with(tagsOf(index)).add();
  return () => {
    const [found] = metrics.snapshot().metrics;
    const series = found?.kind === 'counter' ? found.series : [];
    return Promise.resolve(series.reduce((sum, { value }) => sum + value, 0));
  };
}

/** A process that has worked before has its nursery at full size; what is measured is not that. */
function warmUp(): number {
  let seen = 0;
  for (let index = 0; index < 3_000_000; index += 1) seen += Object.keys(tagsOf(index)).length;
  return seen;
}

warmUp();
const before = mebibytes();
const begunAt = performance.now();
const counted = offer();
const ms = performance.now() - begunAt;
const after = mebibytes();
const grown = Math.max(0, after.rss - before.rss);
const heapGrown = Math.max(0, after.heap - before.heap);
console.log(JSON.stringify({ grown, heapGrown, ms, counted: await counted() }));
