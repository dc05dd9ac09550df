import { afterEach, describe, expect, test } from 'vitest';
import { createFakeClock } from '../../kernel/testing/index.ts';
import { createMetrics } from '../registry.ts';
import { createHistory } from './create-history.ts';
import type { HistoryExport } from './export.ts';
import type { History } from './history.ts';
import { memoryHistoryStore } from './stores/memory.ts';

const start = Date.UTC(2026, 0, 1);
const about = { description: 'What it "is".', category: 'performance' } as const;

let running: History | undefined;
afterEach(async () => {
  await running?.stop();
});

async function recorded(): Promise<History> {
  const clock = createFakeClock();
  const metrics = createMetrics({}, { clock });
  const history = createHistory({}, { metrics, store: memoryHistoryStore(), clock });
  running = history;
  await history.start();
  const calls = metrics.counter({ name: 'calls', unit: 'calls', ...about });
  const depth = metrics.gauge({ name: 'depth', unit: '1', ...about });
  const took = metrics.histogram({ name: 'took_ms', unit: 'ms', ...about });
  for (let step = 1; step <= 2; step += 1) {
    calls.with({ route: '/a"b', odd_name: '=1+1' }).add(step);
    depth.set(step / 2);
    took.record(1_000 * step);
    await clock.advance(10_000);
  }
  await history.flush();
  return history;
}

async function text(history: History, request: Partial<HistoryExport>): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of history.export({
    format: 'openmetrics',
    from: start,
    to: start + 60_000,
    ...request,
  }))
    pieces.push(piece);
  return pieces.join('');
}

describe('an export', () => {
  test('as OpenMetrics has the names of /metrics, running totals and a time on every sample', async () => {
    const history = await recorded();
    const at = start / 1_000;
    expect(await text(history, {})).toBe(
      [
        '# TYPE calls counter',
        '# HELP calls What it \\"is\\".',
        `calls_total{odd_name="=1+1",route="/a\\"b"} 1 ${at + 10}`,
        `calls_total{odd_name="=1+1",route="/a\\"b"} 3 ${at + 20}`,
        '# TYPE depth gauge',
        '# HELP depth What it \\"is\\".',
        `depth 0.5 ${at + 10}`,
        `depth 1 ${at + 20}`,
        '# TYPE took_seconds summary',
        '# HELP took_seconds What it \\"is\\".',
        `took_seconds{quantile="0.5"} 1 ${at + 10}`,
        `took_seconds{quantile="0.95"} 1 ${at + 10}`,
        `took_seconds{quantile="0.99"} 1 ${at + 10}`,
        `took_seconds_count 1 ${at + 10}`,
        `took_seconds_sum 1 ${at + 10}`,
        `took_seconds{quantile="0.5"} 2 ${at + 20}`,
        `took_seconds{quantile="0.95"} 2 ${at + 20}`,
        `took_seconds{quantile="0.99"} 2 ${at + 20}`,
        `took_seconds_count 2 ${at + 20}`,
        `took_seconds_sum 3 ${at + 20}`,
        '# EOF',
        '',
      ].join('\n'),
    );
  });

  test('as CSV has one line a step, quoted where needed, and no cell that a spreadsheet would run', async () => {
    const history = await recorded();
    const lines = (await text(history, { format: 'csv', metrics: ['calls', 'took_ms'] })).split('\r\n');
    expect(lines).toEqual([
      'metric,kind,unit,tags,at,count,sum,average,min,max,last,p50,p95,p99',
      'calls,counter,calls,"{""odd_name"":""=1+1"",""route"":""/a\\""b""}",2026-01-01T00:00:10.000Z,1,1,1,1,1,1,,,',
      'calls,counter,calls,"{""odd_name"":""=1+1"",""route"":""/a\\""b""}",2026-01-01T00:00:20.000Z,1,2,2,2,2,2,,,',
      'took_ms,histogram,ms,{},2026-01-01T00:00:10.000Z,1,1000,1000,1000,1000,,1000,1000,1000',
      'took_ms,histogram,ms,{},2026-01-01T00:00:20.000Z,1,2000,2000,2000,2000,,2000,2000,2000',
      '',
    ]);
  });

  test('takes only the metrics, tags and range that were asked for, and refuses an empty range', async () => {
    const history = await recorded();
    expect(await text(history, { metrics: ['depth', 'unknown'], to: start + 10_000 })).toContain(
      `depth 0.5 ${start / 1_000 + 10}\n# EOF`,
    );
    expect(await text(history, { tags: { route: 'other' } })).toBe('# EOF\n');
    expect(() => history.export({ format: 'csv', from: 5, to: 5 })).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    );
  });
});
