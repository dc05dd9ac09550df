import { createFakeClock } from 'raptorflow/kernel/testing';
import {
  createAnalytics,
  type Analytics,
  type RecommendedAction,
  type UsageSource,
} from 'raptorflow/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type Answer, type RouteWorld } from '../testing/route-world.ts';
import { registerAnalyticsRoutes } from './analytics.ts';

const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
const done: RecommendedAction[] = [];
let world: RouteWorld;
let analytics: Analytics;

/** Handles of the workspace and of another one that only ever grow, and a series that is too short. */
const source: UsageSource = {
  async read({ from, to, stepMs }) {
    const series = (id: string, workspaceId: string, steps: number) => ({
      series: {
        id,
        resourceType: 'file_handle',
        kind: 'held' as const,
        unit: 'handles',
        workspaceId,
        capacity: 5_000,
        quotaId: null,
        taskId: null,
      },
      points: Array.from({ length: Math.floor((to - from) / stepMs) }, (_, step) => ({
        at: from + (step + 1) * stepMs,
        value: step < steps ? 10 + step * 5 + (step % 3) : null,
      })),
    });
    return [series('own', home, 1e6), series('theirs', 'wsp_other', 1e6), series('short', home, 3)];
  },
};

beforeAll(async () => {
  world = await openRouteWorld({ clock });
  const executor = {
    apply: async (action: RecommendedAction) => {
      done.push(action);
      return 'Closed, with token=sk-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.';
    },
  };
  analytics = createAnalytics({}, { source, executor, clock });
  await analytics.start();
  await analytics.analyze();
  registerAnalyticsRoutes(world.app, { ...world.guard, analytics: () => analytics });
});
afterAll(async () => {
  await analytics.stop();
  await world.stop();
});

const get = (role: string, path: string): Promise<Answer> =>
  world.send(role, 'GET', `/api/v1/metrics/analytics/${path}`);

describe('the analysis of usage', () => {
  it('shows a workspace its own, says what is missing, and shows everything to the operator alone', async () => {
    const { body } = await get('viewer', 'profiles?resource_type=file_handle');
    const ids = new Set(
      body.data.map((profile: { series: { series_id: string } }) => profile.series.series_id),
    );
    expect(ids).toEqual(new Set(['own', 'short']));
    const figures = (id: string): unknown =>
      body.data.find((profile: { series: { series_id: string } }) => profile.series.series_id === id).figures;
    expect(figures('own')).toMatchObject({ status: 'measured', peak_at: expect.stringMatching(/Z$/u) });
    expect(figures('short')).toMatchObject({ status: 'not_enough_data', samples: 3, needed: 10, missing: 7 });
    expect((await get('owner', 'profiles?scope=installation')).status).toBe(403);
    const all = await get('operator', 'patterns?scope=installation&pattern_type=leak');
    expect(all.body.total).toBeGreaterThan((await get('viewer', 'patterns?pattern_type=leak')).body.total);
  });

  it('finds what grows, says what to do, and does it once', async () => {
    const { body } = await get('viewer', 'patterns?pattern_type=leak');
    expect(body.data[0]).toMatchObject({
      pattern_type: 'leak',
      series: { series_id: 'own' },
      evidence: { rising_share: expect.any(Number), growth_per_hour: expect.any(Number) },
    });
    const advice = await get('viewer', 'recommendations?optimization_type=cleanup');
    const [{ recommendation_id: id, applicable, state }] = advice.body.data;
    expect([applicable, state]).toEqual([true, 'open']);
    const path = `/api/v1/metrics/analytics/recommendations/${id}/apply`;
    expect((await world.send('member', 'POST', path)).status).toBe(403);
    expect((await world.send('outsider', 'POST', path)).status).toBe(404);
    const applied = await world.send('admin', 'POST', path);
    expect(applied.body.data).toMatchObject({
      state: 'applied',
      application: { by: 'admin', outcome: 'applied' },
    });
    expect(applied.text).not.toContain('sk-aaaa');
    expect(done).toEqual([{ kind: 'run_cleanup', resourceType: 'file_handle', workspaceId: home }]);
    expect((await world.send('admin', 'POST', path)).status).toBe(409);
  });

  it('forecasts a series of the workspace until its limit, and no other', async () => {
    const { body } = await get('viewer', 'forecast?series_id=own&horizon_hours=12');
    expect(body.data).toMatchObject({ status: 'forecast', coverage: 0.95, exhaustion: { limit: 5_000 } });
    expect(body.data.points).toHaveLength(12);
    expect((await get('viewer', 'forecast?series_id=theirs')).status).toBe(404);
  });
});
