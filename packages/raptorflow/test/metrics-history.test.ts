import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { createHistory, createMetrics, memoryHistoryStore, sqliteHistoryStore } from 'raptorflow/metrics';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runChild } from './child.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-history-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('a history on SQLite has every step that was stored before kill -9, over 6 kills at random moments', async () => {
  const random = seededRandom(6);
  const path = join(root, 'history.db');
  const stored = new Map<number, number>();
  const began = systemClock.now();
  for (let kill = 0; kill < 6; kill += 1) {
    const child = runChild('history-writer.ts', [path]);
    await child.spoken;
    await systemClock.sleep(200 + random.next() * 900);
    await child.kill();
    // The last line may be cut by the kill.
    for (const line of child.output().split('\n').slice(0, -1)) {
      const [at = 0, steps = 0] = line.split(' ').map(Number);
      stored.set(at, steps);
    }
  }
  expect(stored.size).toBeGreaterThan(12);
  const history = createHistory(
    {
      source: 'reader',
      resolutions: [
        { stepMs: 100, keepMs: 3_600_000 },
        { stepMs: 1_000, keepMs: 7_200_000 },
      ],
      limits: { pointsPerSeriesMax: 1_000_000 },
    },
    { metrics: createMetrics(), store: sqliteHistoryStore({ path }) },
  );
  await history.start();
  const range = { from: began - 1_000, to: systemClock.now() };
  const fine = await history.query({ metric: 'steps', ...range, step: 100, aggregation: 'count' });
  const moments = new Set(fine.series[0]?.points.flatMap(({ at, value }) => (value === null ? [] : [at])));
  expect([...stored.keys()].filter((at) => !moments.has(at))).toEqual([]);
  expect(fine.damaged).toBe(0);
  // Roll-ups that a kill interrupted were finished by the next process: coarse and fine agree.
  const [coarse, exact] = await Promise.all(
    [1_000, 100].map(async (step) => {
      const { series } = await history.query({ metric: 'took_ms', ...range, step, aggregation: 'count' });
      return series[0]?.points.reduce((sum, { value }) => sum + (value ?? 0), 0);
    }),
  );
  expect(coarse).toBe(exact);
  expect(exact).toBeGreaterThanOrEqual(stored.size - 6);
  await history.stop();
});

test('an export as OpenMetrics is read by Prometheus itself, with the same values', async () => {
  const clock = createFakeClock();
  const metrics = createMetrics({}, { clock });
  const history = createHistory({}, { metrics, store: memoryHistoryStore(), clock });
  await history.start();
  const about = { description: 'Of a test: "quoted" \\ and more.', category: 'system' } as const;
  const calls = metrics.counter({ name: 'calls', unit: 'calls', ...about });
  const took = metrics.histogram({ name: 'took_ms', unit: 'ms', ...about });
  for (let step = 1; step <= 100; step += 1) {
    for (const route of ['/a', '/b"\\\n']) calls.with({ route }).add(step);
    took.record(step);
    await clock.advance(10_000);
  }
  await history.flush();
  const pieces: string[] = [];
  for await (const piece of history.export({
    format: 'openmetrics',
    from: Date.UTC(2026, 0, 1),
    to: clock.now(),
  }))
    pieces.push(piece);
  await history.stop();
  const file = join(root, 'export.txt');
  writeFileSync(file, pieces.join(''));
  const tsdb = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync('promtool', ['tsdb', ...args], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return stdout;
  };
  tsdb('create-blocks-from', 'openmetrics', '--quiet', file, join(root, 'data'));
  // Reading wants a log of newest samples, which blocks made from a file do not have.
  mkdirSync(join(root, 'data', 'wal'));
  const dump = tsdb('dump', join(root, 'data'));
  const lines = dump.trim().split('\n');
  expect(lines.filter((line) => line.includes('"calls_total"'))).toHaveLength(200);
  expect(lines.filter((line) => line.includes('"calls_total"') && line.includes(' 5050 '))).toHaveLength(2);
  expect(lines.filter((line) => line.includes('"took_seconds_sum"') && line.includes(' 5.05 '))).toHaveLength(
    1,
  );
});
