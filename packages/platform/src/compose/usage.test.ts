import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIds, silentLogger } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { silentMeter, type HistoryQuery, type Tags } from 'raptorflow/metrics';
import { createQuotas, type CleanupScheduler, type Quotas } from 'raptorflow/resources';
import { createSqliteThread } from 'raptorflow/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import type { CommonDeps } from './stores.ts';
import { createUsage } from './usage.ts';

const home = mkdtempSync(join(tmpdir(), 'raptorflow-usage-'));
const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
let quotas: Quotas;
beforeAll(async () => {
  const common = {
    kind: 'hard',
    scope: 'workspace',
    resource: 'concurrent_runs',
    period: 'held',
    action: 'block',
    limit: 1_000,
  } as const;
  quotas = createQuotas(
    {
      quotas: [
        { ...common, id: 'own', name: 'Their own', workspaceId: 'w1' },
        { ...common, id: 'house', name: 'The house’s' },
      ],
    },
    { clock },
  );
  await quotas.start();
});
afterAll(async () => {
  await quotas.stop();
  rmSync(home, { recursive: true, force: true });
});

/** A past in which each of these series grows to 900: quotas up and down, everything else without ever coming back. */
const growing = (of: Readonly<Record<string, readonly Tags[]>>) => ({
  query: async ({ metric, from, to, step = 3_600_000 }: HistoryQuery) => {
    const steps = Math.floor((to - from) / step);
    const points = Array.from({ length: steps }, (_, at) => ({
      at: from + (at + 1) * step,
      value: 100 + (800 * at) / steps + (metric === 'quota_usage' ? 30 * Math.sin(at * at) : 0),
    }));
    return { series: (of[metric] ?? []).map((tags) => ({ tags, points })) } as never;
  },
});

it('advice can be carried out: a workspace’s own quota is raised, the installation’s is not, what leaks is closed by its type', async () => {
  const held = (quota_id: string): Tags => ({
    counts: 'held',
    quota_id,
    resource_type: 'concurrent_runs',
    workspace_id: 'w1',
  });
  const history = growing({
    quota_usage: [held('own'), held('house')],
    resource_count: [{ type: 'file_handle', status: 'idle' }],
  });
  const closed: unknown[] = [];
  const analytics = createUsage(
    readConfig({ env: { RAPTORFLOW_HOME: home }, directory: home }),
    {
      history,
      quotas,
      resources: {
        cleanup: async (filter) => {
          closed.push(filter);
          return { cleaned: 2, active: 1 } as never;
        },
      },
      cleanup: {} as Pick<CleanupScheduler, 'get' | 'update'>,
    },
    {
      clock,
      ids: createIds({ clock }),
      log: silentLogger,
      meter: silentMeter,
      thread: createSqliteThread(),
    } as Partial<CommonDeps> as CommonDeps,
  );
  await analytics.start();
  await analytics.analyze();
  const advice = analytics.recommendations({ workspaceId: 'w1' });
  const adjustments = advice.filter(({ type }) => type === 'quota_adjustment');
  expect(adjustments.map(({ series, action }) => [series.capacity, series.quotaId, action?.kind])).toEqual(
    expect.arrayContaining([
      [1_000, 'own@w1', 'set_quota_limit'],
      [1_000, null, undefined],
    ]),
  );
  const own = adjustments.find(({ action }) => action !== null);
  const { result } = await analytics.applyRecommendation(own?.id ?? '', { by: 'ada', workspaceId: 'w1' });
  const raised = quotas.list({ workspaceId: 'w1' }).find(({ id }) => id === 'own');
  expect(raised?.limit).toBeGreaterThan(1_000);
  expect(result).toBe(`The limit of “Their own” is ${raised?.limit}.`);
  expect(quotas.list().find(({ id }) => id === 'house')?.limit).toBe(1_000);
  const leak = analytics.recommendations().find(({ action }) => action?.kind === 'run_cleanup');
  expect(await analytics.applyRecommendation(leak?.id ?? '', { by: 'ada' })).toMatchObject({
    outcome: 'applied',
    result: '2 resources of the kind file_handle were closed, 1 in use were left alone.',
  });
  expect(closed).toEqual([{ type: 'file_handle' }]);
  await analytics.stop();
});
