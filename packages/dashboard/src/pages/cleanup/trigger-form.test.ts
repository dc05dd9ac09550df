import type { WireCleanupTrigger } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { formOfTrigger, newTrigger, problemsOfTrigger, type TriggerForm, triggerOf } from './trigger-form.ts';

const now = Date.UTC(2026, 10, 20, 12, 30);
const zone = 'Europe/Berlin';
const fresh = newTrigger(now, zone);
const wrongIn = (change: Partial<TriggerForm>) => Object.keys(problemsOfTrigger({ ...fresh, ...change }));

describe('what makes a task run', () => {
  it.each<WireCleanupTrigger>([
    { kind: 'cron', pattern: '30 2 * * *', time_zone: 'Asia/Tokyo' },
    { kind: 'interval', every_seconds: 5_400 },
    { kind: 'interval', every_seconds: 0.5 },
    { kind: 'once', at: '2027-01-01T00:00:00.000Z' },
    {
      kind: 'threshold',
      metric: 'resource_count',
      condition: 'below',
      value: 10,
      tags: { status: 'idle' },
      clear_value: 12,
      check_every_seconds: 60,
      repeat_seconds: null,
    },
    {
      kind: 'threshold',
      metric: 'm',
      condition: 'above',
      value: 0,
      check_every_seconds: 30,
      repeat_seconds: 900,
    },
    {
      kind: 'health',
      status: 'degraded',
      component: 'bus',
      check_every_seconds: 5,
      repeat_seconds: 3_600,
    },
    { kind: 'health', status: 'critical', check_every_seconds: 30, repeat_seconds: 900 },
    { kind: 'event', channel: 'sys.alert.critical', pause_seconds: 2, types: ['alert.fired', 'alert.x'] },
    { kind: 'event', channel: 'sys.state', pause_seconds: 0 },
    { kind: 'manual' },
  ])('comes back out of its form as it went in: %j', (trigger) => {
    const form = formOfTrigger(trigger, now, zone);
    expect(problemsOfTrigger(form)).toEqual({});
    expect(triggerOf(form, zone)).toEqual(trigger);
  });

  it('is what the server supplies where a trigger says nothing', () => {
    const threshold = formOfTrigger({ kind: 'threshold', metric: 'm', value: 1 }, now, zone);
    expect(threshold).toMatchObject({ condition: 'above', checkEvery: '30 s', repeat: '15 min' });
    expect(formOfTrigger({ kind: 'event', channel: 'c' }, now, zone).pause).toBe('1 s');
    expect(formOfTrigger({ kind: 'cron', pattern: '@daily' }, now, zone).timeZone).toBe('UTC');
  });

  it('begins as every night in the reader’s zone, and a moment is written on its walls', () => {
    expect(fresh).toMatchObject({
      kind: 'cron',
      pattern: '0 2 * * *',
      timeZone: zone,
      at: '2026-11-20T14:00',
    });
    expect(triggerOf({ ...fresh, kind: 'once' }, zone)).toEqual({
      kind: 'once',
      at: '2026-11-20T13:00:00.000Z',
    });
  });

  it.each<[Partial<TriggerForm>, readonly string[]]>([
    [{}, []],
    [{ pattern: ' ', timeZone: 'Mars/Olympus' }, ['pattern', 'timeZone']],
    // Only the server reads patterns.
    [{ pattern: '99 * * * *' }, []],
    [{ kind: 'interval', every: 'often' }, ['every']],
    [{ kind: 'interval', every: '0 s' }, ['every']],
    [{ kind: 'once', at: '' }, ['at']],
    [{ kind: 'threshold' }, ['metric', 'value']],
    [{ kind: 'threshold', metric: 'm', value: '1', metricTags: 'status' }, ['metricTags']],
    [{ kind: 'threshold', metric: 'm', value: '80', clearValue: '85' }, ['clearValue']],
    [{ kind: 'threshold', metric: 'm', value: '80', clearValue: '75', condition: 'below' }, ['clearValue']],
    [{ kind: 'threshold', metric: 'm', value: '80', clearValue: 'low' }, ['clearValue']],
    [{ kind: 'threshold', metric: 'm', value: '1', checkEvery: '', repeat: 'x' }, ['checkEvery', 'repeat']],
    [{ kind: 'health', repeat: '' }, []],
    [{ kind: 'event', pause: 'x' }, ['channel', 'pause']],
    [{ kind: 'manual', pattern: '' }, []],
  ])('is wrong like %j in %j', (change, fields) => {
    expect(wrongIn(change)).toEqual(fields);
  });
});
