import { describe, expect, test } from 'vitest';
import { RaptorFlowError } from '../../kernel/index.ts';
import { trackHandles } from '../../kernel/testing/index.ts';
import { hourMs } from './testing/generated.ts';
import { analyticsWorld, type AnalyticsWorld } from './testing/world.ts';

const dayMs = 24 * hourMs;
const leaking = (hour: number): number => 100 + 2 * hour;
const level = (hour: number): number => 50 + (Math.abs(Math.sin(hour * 12.9898) * 43_758.5453) % 1);

/** The one recommendation about a leak. */
async function leakAdvice(world: AnalyticsWorld): Promise<string> {
  await world.analytics.analyze();
  const [advice] = world.analytics.recommendations();
  expect(advice).toMatchObject({ type: 'cleanup', state: 'open', application: null });
  return advice?.id ?? '';
}

const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('the analysis of usage', () => {
  test('makes a round at the start and at every interval, and leaves nothing behind', async () => {
    const watch = trackHandles();
    const { analytics, clock } = analyticsWorld([{ at: level }], { intervalSeconds: 300 });
    await analytics.start();
    await clock.advance(0);
    await expect.poll(() => analytics.report().rounds).toBe(1);
    await clock.advance(299_000);
    expect(analytics.report().rounds).toBe(1);
    await clock.advance(1_000);
    await expect.poll(() => analytics.report().rounds).toBe(2);
    expect(analytics.report()).toMatchObject({
      roundsFailed: 0,
      lastFailure: null,
      series: 1,
      seriesLeftOut: 0,
    });
    await analytics.stop();
    await analytics.stop();
    expect(analytics.state).toBe('stopped');
    expect(clock.pending).toBe(0);
    expect(watch.leaks()).toEqual([]);
    await analyticsWorld([]).analytics.stop();
  });

  test('labels patterns, profiles and advice with the series that they are about', async () => {
    const { analytics } = analyticsWorld([
      { series: { id: 'a', resourceType: 'thread', workspaceId: 'w1' }, at: level },
      { series: { id: 'b', resourceType: 'file_handle', workspaceId: 'w2' }, at: leaking },
    ]);
    await analytics.analyze();
    expect(analytics.profiles().map((each) => [each.series.id, each.resourceType, each.windowHours])).toEqual(
      [
        ['a', 'thread', 336],
        ['b', 'file_handle', 336],
      ],
    );
    expect(
      analytics.patterns().map((each) => [each.series.id, each.resourceType, each.evidence.kind]),
    ).toEqual([['b', 'file_handle', 'leak']]);
    expect(analytics.patterns({ workspaceId: 'w1' })).toEqual([]);
    expect(analytics.patterns({ pattern: 'step_change' })).toEqual([]);
    expect(analytics.patterns({ resourceType: 'file_handle', pattern: 'leak' })).toHaveLength(1);
    expect(analytics.profiles({ workspaceId: 'w2' })).toHaveLength(1);
    expect(analytics.recommendations({ workspaceId: 'w1' })).toEqual([]);
    expect(analytics.recommendations({ type: 'caching' })).toEqual([]);
    expect(analytics.recommendations({ priority: 'high', resourceType: 'file_handle' })).toHaveLength(1);
  });

  test('looks at every window, and says what a short one cannot decide', async () => {
    const { analytics } = analyticsWorld([{ at: leaking }], {
      windows: [
        { hours: 336, stepSeconds: 3_600 },
        { hours: 24, stepSeconds: 3_600 },
      ],
    });
    await analytics.analyze();
    expect(analytics.profiles().map(({ windowHours }) => windowHours)).toEqual([24, 336]);
    const undecided = analytics.undecided({ resourceType: 'file_handle' });
    expect(undecided.map(({ pattern, missing }) => [pattern, missing])).toEqual([
      ['gradual_growth', 24],
      ['step_change', 24],
      ['leak', 24],
    ]);
    expect(undecided[0]?.windowTo).toBe((undecided[0]?.windowFrom ?? 0) + dayMs);
  });

  test('finds the same thing once, as long as it lasts, and again after it was away for an hour', async () => {
    const world = analyticsWorld([{ at: leaking }]);
    const { analytics, clock, usage } = world;
    const id = await leakAdvice(world);
    await clock.advance(50 * 60_000);
    await analytics.analyze();
    expect(analytics.patterns()).toHaveLength(1);
    expect(analytics.patterns()[0]?.seenAt).toBe((analytics.patterns()[0]?.firstSeenAt ?? 0) + 50 * 60_000);
    expect(analytics.recommendations().map((each) => each.id)).toEqual([id]);
    const series = usage[0];
    if (series) series.at = level;
    await clock.advance(61 * 60_000);
    await analytics.analyze();
    expect(analytics.recommendations()[0]).toMatchObject({ id, state: 'withdrawn' });
    await expect(analytics.applyRecommendation(id, { by: 'ada' })).rejects.toEqual(code('conflict'));
    if (series) series.at = leaking;
    await analytics.analyze();
    expect(analytics.recommendations().map(({ state }) => state)).toEqual(['open', 'withdrawn']);
    expect(analytics.patterns()).toHaveLength(2);
    await clock.advance(7 * dayMs + 1);
    expect(analytics.recommendations()).toEqual([]);
    expect(analytics.patterns()).toEqual([]);
  });

  test('keeps no more than its limits, the important before the rest, and reports what it left out', async () => {
    const growing = (hour: number): number => 1_000 + hour + 20 * level(hour);
    const { analytics } = analyticsWorld([{ at: growing }, { at: growing }, { at: leaking }, { at: level }], {
      limits: { seriesMax: 3, patternsMax: 2, recommendationsMax: 2 },
    });
    await analytics.analyze();
    expect(analytics.patterns()).toHaveLength(2);
    expect(analytics.recommendations().map(({ type }) => type)).toEqual(['cleanup', 'architecture']);
    expect(analytics.report()).toMatchObject({ series: 3, seriesLeftOut: 1, patternsRefused: 1 });
  });

  test('goes on after a round that failed, and says why it did', async () => {
    const { analytics, faults, clock } = analyticsWorld([{ at: level }]);
    faults.source = new RaptorFlowError('unavailable', 'The history is closed.');
    await expect(analytics.analyze()).rejects.toEqual(code('unavailable'));
    expect(analytics.report()).toMatchObject({
      rounds: 1,
      roundsFailed: 1,
      lastFailure: 'The history is closed.',
    });
    await analytics.start();
    await clock.advance(0);
    delete faults.source;
    await clock.advance(300_000);
    await expect.poll(() => analytics.report().lastFailure).toBeNull();
    expect(analytics.profiles()).toHaveLength(1);
    await analytics.stop();
  });

  test('refuses options that it does not understand', () => {
    expect(() => analyticsWorld([], { intervalSeconds: 1 })).toThrow(code('invalid_options'));
    expect(() => analyticsWorld([], { windows: [{ hours: 1, stepSeconds: 3_600 }] })).toThrow(
      code('invalid_options'),
    );
  });
});

describe('applying a recommendation', () => {
  test('makes the change once, and records who, when and with what result', async () => {
    const world = analyticsWorld([{ series: { workspaceId: 'w1' }, at: leaking }]);
    const { analytics, clock, done } = world;
    const id = await leakAdvice(world);
    const application = await analytics.applyRecommendation(id, { by: 'ada', workspaceId: 'w1' });
    expect(application).toEqual({ by: 'ada', at: clock.now(), outcome: 'applied', result: 'done' });
    expect(done).toEqual([
      { action: { kind: 'run_cleanup', resourceType: 'file_handle', workspaceId: 'w1' }, by: 'ada' },
    ]);
    expect(analytics.recommendations()[0]).toMatchObject({ id, state: 'applied', application });
    await expect(analytics.applyRecommendation(id, { by: 'bob' })).rejects.toEqual(code('conflict'));
    expect(done).toHaveLength(1);
  });

  test('is refused while it is under way', async () => {
    const world = analyticsWorld([{ at: leaking }]);
    const id = await leakAdvice(world);
    const held = Promise.withResolvers<void>();
    world.faults.hold = held.promise;
    const first = world.analytics.applyRecommendation(id, { by: 'ada' });
    expect(world.analytics.recommendations()[0]?.state).toBe('applying');
    await expect(world.analytics.applyRecommendation(id, { by: 'bob' })).rejects.toEqual(code('conflict'));
    await world.analytics.analyze();
    held.resolve();
    await first;
    expect(world.done).toHaveLength(1);
  });

  test('may be tried again after it failed, and keeps why it did', async () => {
    const world = analyticsWorld([{ at: leaking }]);
    const id = await leakAdvice(world);
    world.faults.executor = new RaptorFlowError('unavailable', 'The cleanup is not running.');
    await expect(world.analytics.applyRecommendation(id, { by: 'ada' })).rejects.toEqual(code('unavailable'));
    expect(world.analytics.recommendations()[0]).toMatchObject({
      state: 'open',
      application: { by: 'ada', outcome: 'failed', result: 'The cleanup is not running.' },
    });
    world.faults.executor = new RaptorFlowError(
      'unavailable',
      'Refused: Authorization: Bearer abcdefghijklmnop1234.',
    );
    await expect(world.analytics.applyRecommendation(id, { by: 'ada' })).rejects.toEqual(code('unavailable'));
    expect(world.analytics.recommendations()[0]?.application?.result).not.toContain('abcdefghijklmnop');
    delete world.faults.executor;
    await world.analytics.applyRecommendation(id, { by: 'ada' });
    expect(world.done).toHaveLength(1);
  });

  test('does not bring the same advice back for an hour', async () => {
    const world = analyticsWorld([{ at: leaking }]);
    const id = await leakAdvice(world);
    await world.analytics.applyRecommendation(id, { by: 'ada' });
    await world.clock.advance(59 * 60_000);
    await world.analytics.analyze();
    expect(world.analytics.recommendations()).toHaveLength(1);
    await world.clock.advance(2 * 60_000);
    await world.analytics.analyze();
    expect(world.analytics.recommendations().map(({ state }) => state)).toEqual(['open', 'applied']);
  });

  test('is refused for what is unknown, of another workspace, without a name, for people only, or without an executor', async () => {
    const world = analyticsWorld([
      { series: { workspaceId: 'w1' }, at: leaking },
      {
        series: { resourceType: 'llm_tokens', kind: 'used' },
        at: (hour) => level(hour) + (hour > 200 ? 40 : 0),
      },
    ]);
    await world.analytics.analyze();
    const idOf = (type: string): string =>
      world.analytics.recommendations().find((each) => each.type === type)?.id ?? '';
    const apply = (id: string, by = 'ada', workspaceId?: string): Promise<unknown> =>
      world.analytics.applyRecommendation(id, { by, ...(workspaceId !== undefined && { workspaceId }) });
    await expect(apply('adv_none')).rejects.toEqual(code('not_found'));
    await expect(apply(idOf('cleanup'), 'ada', 'w2')).rejects.toEqual(code('not_found'));
    await expect(apply(idOf('cleanup'), ' ')).rejects.toEqual(code('invalid_input'));
    await expect(apply(idOf('architecture'))).rejects.toEqual(code('invalid_input'));
    expect(world.done).toEqual([]);
    const silent = analyticsWorld([{ at: leaking }], {}, false);
    const id = await leakAdvice(silent);
    await expect(silent.analytics.applyRecommendation(id, { by: 'ada' })).rejects.toEqual(
      code('unavailable'),
    );
  });
});

describe('the forecast of a series', () => {
  test('comes from the longest window, with the time at which its capacity is reached', async () => {
    const { analytics, clock } = analyticsWorld([
      { series: { id: 'pool', capacity: 900, workspaceId: 'w1' }, at: leaking },
    ]);
    const found = await analytics.forecast({ seriesId: 'pool', horizonHours: 96, seasonMs: null });
    expect(found).toMatchObject({ status: 'forecast', samples: 336, stepMs: hourMs });
    // 100 + 2 × hour is 900 after 400 hours; the sample of an hour stands at its end.
    expect('exhaustion' in found && found.exhaustion?.at).toBeCloseTo(clock.now() + (400 - 335) * hourMs, -6);
    await expect(
      analytics.forecast({ seriesId: 'pool', horizonHours: 1, workspaceId: 'w2' }),
    ).rejects.toEqual(code('not_found'));
    await expect(analytics.forecast({ seriesId: 'else', horizonHours: 1 })).rejects.toEqual(
      code('not_found'),
    );
  });
});
