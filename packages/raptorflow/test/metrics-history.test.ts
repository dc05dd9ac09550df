import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proofSize } from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { createHistory, createMetrics, memoryHistoryStore, sqliteHistoryStore } from 'raptorflow/metrics';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runChild } from './child.ts';

const kills = proofSize('HISTORY_KILLS', 4);

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-history-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** How many samples or recordings a file has of a metric at one resolution alone, and at which moments. */
async function read(
  path: string,
  stepMs: number,
  query: { readonly metric: string; readonly from: number; readonly to: number },
): Promise<{ readonly total: number; readonly moments: ReadonlySet<number>; readonly damaged: number }> {
  const history = createHistory(
    {
      source: 'reader',
      resolutions: [{ stepMs, keepMs: 3_600_000 }],
      limits: { pointsPerSeriesMax: 1_000_000 },
    },
    { metrics: createMetrics(), store: sqliteHistoryStore({ path }) },
  );
  await history.start();
  const { series, damaged } = await history.query({ ...query, step: stepMs, aggregation: 'count' });
  await history.stop();
  const points = (series[0]?.points ?? []).filter(({ value }) => value !== null);
  const total = points.reduce((sum, { value }) => sum + (value ?? 0), 0);
  return { total, moments: new Set(points.map(({ at }) => at)), damaged };
}

test(
  `a history on SQLite has every step that was stored before kill -9, over ${kills} kills at random moments`,
  async () => {
    const random = seededRandom(6);
    const path = join(root, 'history.db');
    const stored: number[] = [];
    const from = Math.floor(systemClock.now() / 1_000) * 1_000;
    let lastLifeAt = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const child = runChild('history-writer.ts', [path]);
      await child.spoken;
      await systemClock.sleep(200 + random.next() * 900);
      await child.kill();
      // The last line may be cut by the kill.
      const moments = child.output().split('\n').slice(0, -1).map(Number);
      lastLifeAt = moments[0] ?? lastLifeAt;
      stored.push(...moments);
    }
    expect(stored.length).toBeGreaterThan(kills);
    const steps = await read(path, 100, { metric: 'steps', from, to: systemClock.now() });
    expect(stored.filter((at) => !steps.moments.has(at))).toEqual([]);
    expect(steps.damaged).toBe(0);
    // Roll-ups that a kill interrupted were finished by the next process, from what was stored.
    const took = { metric: 'took_ms', from, to: Math.floor(lastLifeAt / 1_000) * 1_000 };
    const [fine, coarse] = [await read(path, 100, took), await read(path, 1_000, took)];
    expect(coarse.total).toBe(fine.total);
    expect(fine.total).toBeGreaterThan(0);
  },
  60_000 + kills * 10_000,
);

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
