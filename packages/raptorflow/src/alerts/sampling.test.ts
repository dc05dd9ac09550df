import { afterEach, describe, expect, it } from 'vitest';
import type { RecordedOptions } from './contract-suite/index.ts';
import type { Forecast } from './source.ts';
import { createWorld, queueRule, stepMs, type World } from './testing/world.ts';

const mail = { queue: 'mail' };
const counters: RecordedOptions = { kindOf: () => 'counter' };
let world: World;
afterEach(() => world.alerts.stop());

describe('aggregations', () => {
  it.each([
    ['sum', 60],
    ['average', 20],
    ['min', 10],
    ['max', 30],
    ['count', 3],
    ['last', 20],
    ['p50', 20],
    ['p99', 30],
    ['rate', 2],
  ] as const)('%s of a window of three samples is as it says', async (aggregation, value) => {
    world = await createWorld({}, { recorded: counters });
    const rule = { ...queueRule, aggregation, windowSeconds: 30, intervalSeconds: 30, durationSeconds: 0 };
    await world.alerts.rules.put({ ...rule, condition: 'eq', threshold: value });
    await world.play('queue_length', mail, [10, 30, 20]);
    expect(world.alerts.list()).toMatchObject([{ state: { kind: 'firing' }, value }]);
  });

  it('rates of gauges are their change', async () => {
    world = await createWorld();
    const rule = {
      ...queueRule,
      aggregation: 'rate',
      windowSeconds: 30,
      intervalSeconds: 30,
      durationSeconds: 0,
    } as const;
    await world.alerts.rules.put({ ...rule, condition: 'eq', threshold: 1 });
    await world.play('queue_length', mail, [10, 30, 40]);
    expect(world.alerts.list()).toMatchObject([{ value: 1 }]);
  });
});

describe('absence', () => {
  it('is one alert for the rule: it fires without samples and ends with the first', async () => {
    world = await createWorld();
    const { threshold: _threshold, ...rest } = queueRule;
    await world.alerts.rules.put({ ...rest, condition: 'absent', tags: mail });
    await world.play('other', {}, [1, 1]);
    expect(world.states()).toEqual(['queue_long firing']);
    await world.play('queue_length', mail, [0]);
    expect(world.states()).toEqual(['queue_long resolved']);
    world.history.drop('queue_length', mail);
    await world.play('other', {}, [1]);
    expect(world.states()).toEqual(['queue_long pending']);
  });
});

describe('change', () => {
  const rule = {
    ...queueRule,
    condition: 'change',
    durationSeconds: 0,
    change: { mode: 'relative', earlierSeconds: 20 },
    threshold: 0.5,
  } as const;

  it('compares a window with an earlier one, relatively', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    await world.play('queue_length', mail, [10, 10, 15]);
    expect(world.states()).toEqual([]);
    await world.play('queue_length', mail, [16]);
    expect(world.alerts.list()).toMatchObject([{ state: { kind: 'firing' } }]);
    expect(world.alerts.list()[0]?.value).toBeCloseTo(0.6);
  });

  it('or absolutely, and downwards', async () => {
    world = await createWorld();
    const change = { mode: 'absolute', earlierSeconds: 20, direction: 'down' } as const;
    await world.alerts.rules.put({ ...rule, change, threshold: 3 });
    await world.play('queue_length', mail, [10, 10, 20, 20]);
    expect(world.states()).toEqual([]);
    await world.play('queue_length', mail, [16]);
    expect(world.alerts.list()).toMatchObject([{ state: { kind: 'firing' }, value: -4 }]);
  });

  it('from nothing is larger than any threshold', async () => {
    world = await createWorld();
    await world.alerts.rules.put({ ...rule, threshold: 1_000_000 });
    await world.play('queue_length', mail, [0, 0, 1]);
    expect(world.states()).toEqual(['queue_long firing']);
  });
});

describe('burn rates', () => {
  const rule = {
    name: 'slo',
    condition: 'burn_rate',
    good: { metric: 'good' },
    total: { metric: 'total' },
    objective: 0.9,
    threshold: 2,
    longWindowSeconds: 60,
    shortWindowSeconds: 20,
    intervalSeconds: 10,
    durationSeconds: 0,
  } as const;

  const serve = async (good: number, steps: number, tags = {}): Promise<void> => {
    for (let step = 0; step < steps; step += 1) {
      world.history.record('good', tags, world.clock.now() + stepMs, good);
      await world.play('total', tags, [100]);
    }
  };

  it('fire while both windows burn too fast, and end soon after the burning has', async () => {
    world = await createWorld({}, { recorded: counters });
    await world.alerts.rules.put(rule);
    await serve(100, 6);
    // 40 % errors burn four times as fast as 10 % allow; the long window needs half of its time to see twice that.
    await serve(60, 3);
    expect(world.states()).toEqual([]);
    await serve(60, 1);
    expect(world.alerts.list()[0]?.value).toBeCloseTo(4 * (4 / 6));
    expect(world.states()).toEqual(['slo firing']);
    await serve(100, 2);
    expect(world.states()).toEqual(['slo resolved']);
  });

  it('make one alert for each value of `by`', async () => {
    world = await createWorld({}, { recorded: counters });
    await world.alerts.rules.put({ ...rule, by: ['route'] });
    for (let step = 0; step < 6; step += 1) {
      for (const [route, good] of [
        ['a', 100],
        ['b', 10],
      ] as const) {
        for (const host of ['x', 'y']) {
          world.history.record('good', { route, host }, world.clock.now() + stepMs, good);
          world.history.record('total', { route, host }, world.clock.now() + stepMs, 100);
        }
      }
      await world.pass(stepMs);
    }
    expect(world.alerts.list()).toMatchObject([{ labels: { route: 'b' }, state: { kind: 'firing' } }]);
  });

  it('burn nothing where nothing happens', async () => {
    world = await createWorld({}, { recorded: counters });
    await world.alerts.rules.put(rule);
    world.history.record('good', {}, world.clock.now() + stepMs, 0);
    await world.play('total', {}, [0, 0]);
    expect(world.states()).toEqual([]);
  });
});

describe('composite rules', () => {
  const parts = ['cpu', 'memory'].map((metric) => ({
    ...queueRule,
    name: metric,
    metric,
    durationSeconds: 0,
  }));

  it('hold while all, or any, of the others fire, with one alert for each value of `by`', async () => {
    world = await createWorld();
    for (const part of parts) await world.alerts.rules.put(part);
    const base = { intervalSeconds: 10, durationSeconds: 0, rules: ['cpu', 'memory'] };
    await world.alerts.rules.put({ ...base, name: 'both', condition: 'all', by: ['host'] });
    await world.alerts.rules.put({ ...base, name: 'either', condition: 'any' });
    const at = world.clock.now() + stepMs;
    for (const host of ['a', 'b']) {
      world.history.record('cpu', { host }, at, 99);
      world.history.record('memory', { host }, at, host === 'a' ? 99 : 1);
    }
    await world.pass(stepMs);
    const composed = world.alerts.list().filter(({ rule }) => ['both', 'either'].includes(rule));
    expect(composed).toMatchObject([
      { rule: 'both', labels: { host: 'a' }, state: { kind: 'firing' }, value: 2 },
      { rule: 'either', state: { kind: 'firing' }, value: 2 },
    ]);
    for (const host of ['a', 'b']) world.history.record('memory', { host }, at + stepMs, 1);
    for (const host of ['a', 'b']) world.history.record('cpu', { host }, at + stepMs, 99);
    await world.pass(stepMs);
    expect(world.states()).toEqual(expect.arrayContaining(['both resolved', 'either firing']));
  });

  it('need members, cannot contain themselves, and keep their members', async () => {
    world = await createWorld();
    const both = { name: 'both', condition: 'all', rules: ['cpu', 'memory'] } as const;
    await expect(world.alerts.rules.put(both)).rejects.toMatchObject({ code: 'not_found' });
    for (const part of parts) await world.alerts.rules.put(part);
    await world.alerts.rules.put(both);
    await expect(world.alerts.rules.put({ ...both, name: 'cpu', rules: ['both'] })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(world.alerts.rules.remove({ name: 'cpu' })).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('windows that memory does not hold', () => {
  it('are answered by the stored past', async () => {
    world = await createWorld({}, { recorded: { spanMs: 20_000 } });
    await world.alerts.rules.put({
      ...queueRule,
      aggregation: 'average',
      windowSeconds: 40,
      threshold: 12,
      durationSeconds: 0,
    });
    await world.play('queue_length', mail, [20, 20, 5, 5]);
    expect(world.alerts.list()).toMatchObject([{ value: 12.5, state: { kind: 'firing' } }]);
  });

  it('leave alerts as they are while the past cannot be asked, and the rule says why', async () => {
    const past = { query: () => Promise.reject(new Error('no disk')) };
    const world2 = await createWorld({}, { recorded: { spanMs: 20_000 } });
    world = world2;
    await world.alerts.stop();
    world = await createWorld({}, { recorded: { spanMs: 0 }, sources: { live: world2.history, past } });
    await world.alerts.rules.put({ ...queueRule, windowSeconds: 40 });
    world2.history.record('queue_length', mail, world.clock.now() + stepMs, 20);
    await world.pass(stepMs);
    expect(world.alerts.rules.get({ name: 'queue_long' })).toMatchObject({
      failure: expect.stringContaining('no disk') as string,
    });
    expect(world.states()).toEqual([]);
  });
});

describe('anomalies', () => {
  // Expects what was a season before, give or take one.
  const forecast: Forecast = (points, { horizon, seasonMs }) => {
    const last = points.at(-1)?.at ?? 0;
    const before = new Map(points.map(({ at, value }) => [at, value]));
    const expected = Array.from({ length: horizon }, (_, index) => {
      const at = last + (index + 1) * stepMs;
      const value = before.get(at - seasonMs) ?? 0;
      return { at, value, low: value - 1, high: value + 1 };
    });
    return { points: expected };
  };
  const rule = {
    ...queueRule,
    condition: 'anomaly',
    windowSeconds: 10,
    durationSeconds: 0,
    anomaly: { seasonSeconds: 40, pastSeconds: 80 },
  } as const;

  it('are values outside of the band of the forecast', async () => {
    world = await createWorld();
    await world.alerts.stop();
    const { history } = world;
    world = await createWorld({}, { sources: { live: history, past: history, forecast } });
    const { threshold: _threshold, ...anomaly } = rule;
    const season = [1, 5, 9, 5];
    for (const [index, value] of [...season, ...season, ...season].entries()) {
      history.record('queue_length', mail, world.clock.now() - (11 - index) * stepMs, value);
    }
    await world.alerts.rules.put(anomaly);
    const play = async (value: number): Promise<void> => {
      history.record('queue_length', mail, world.clock.now() + stepMs, value);
      await world.pass(stepMs);
    };
    await play(1);
    await play(5.5);
    expect(world.states()).toEqual([]);
    await play(5);
    expect(world.states()).toEqual(['queue_long firing']);
    await play(5);
    expect(world.states()).toEqual(['queue_long resolved']);
  });

  it('cannot be told without a forecast, and the rule says so', async () => {
    world = await createWorld();
    const { threshold: _threshold, ...anomaly } = rule;
    await world.alerts.rules.put(anomaly);
    await world.play('queue_length', mail, [1]);
    expect(world.alerts.rules.get({ name: 'queue_long' })?.failure).toContain('forecast');
  });
});
