import { describe, expect, it } from 'vitest';
import type { Invocation } from '../command.ts';
import type { CleanupTrigger } from './cleanup-fields.ts';
import { triggerDetails, triggerIn, whenText } from './cleanup-triggers.ts';

const read = (options: Invocation['options'], present?: CleanupTrigger): CleanupTrigger | undefined =>
  triggerIn({ options } as Invocation, present);

describe('the trigger of a cleanup task', () => {
  it('is said by the options of its kind', () => {
    expect(read({ cron: '0 2 * * *', 'time-zone': 'Europe/Berlin' })).toEqual({
      kind: 'cron',
      pattern: '0 2 * * *',
      time_zone: 'Europe/Berlin',
    });
    expect(read({ every: '1h30m' })).toEqual({ kind: 'interval', every_seconds: 5_400 });
    expect(read({ at: '2027-01-31T12:00:00Z' })).toEqual({ kind: 'once', at: '2027-01-31T12:00:00Z' });
    expect(
      read({
        metric: 'resource_count',
        'metric-tags': 'status=idle,host=a',
        below: '-0.5',
        clear: '3',
        'check-every': '1m',
        repeat: 'never',
      }),
    ).toEqual({
      kind: 'threshold',
      metric: 'resource_count',
      tags: { status: 'idle', host: 'a' },
      condition: 'below',
      value: -0.5,
      clear_value: 3,
      check_every_seconds: 60,
      repeat_seconds: null,
    });
    expect(read({ health: 'unhealthy', component: 'bus', repeat: '500ms' })).toEqual({
      kind: 'health',
      status: 'unhealthy',
      component: 'bus',
      repeat_seconds: 0.5,
    });
    expect(read({ event: 'sys.dlq', types: 'a.b, c.d', pause: '5s' })).toEqual({
      kind: 'event',
      channel: 'sys.dlq',
      types: ['a.b', 'c.d'],
      pause_seconds: 5,
    });
    expect(read({ manual: true })).toEqual({ kind: 'manual' });
    expect(read({ name: 'Another' })).toBeUndefined();
  });

  it('keeps what is not named, unless its kind changes, and loses what is "none"', () => {
    const present: CleanupTrigger = {
      kind: 'threshold',
      metric: 'memory',
      condition: 'above',
      value: 85,
      clear_value: 80,
    };
    expect(read({ above: '90' }, present)).toEqual({ ...present, value: 90 });
    expect(read({ below: '10', clear: 'none' }, present)).toEqual({
      kind: 'threshold',
      metric: 'memory',
      condition: 'below',
      value: 10,
    });
    expect(read({ every: '10m' }, present)).toEqual({ kind: 'interval', every_seconds: 600 });
  });

  it('is refused where options do not go together, or are none of its kind', () => {
    const cases: [options: Invocation['options'], says: string][] = [
      [{ cron: '@hourly', every: '10m' }, 'one trigger: --cron or --every'],
      [{ 'time-zone': 'UTC' }, '--time-zone belongs to --cron. Choose one of --cron, --every'],
      [{ event: 'sys.dlq', 'check-every': '5m' }, '--check-every belongs to --metric or --health.'],
      [{ metric: 'memory', above: '1', below: '2' }, '--above and --below exclude each other'],
      [{ metric: 'memory', above: 'much' }, '--above takes a number, not "much"'],
      [{ metric: 'memory', 'metric-tags': 'idle' }, '--metric-tags takes NAME=VALUE'],
      [{ every: '10' }, '--every takes a time such as 30s'],
    ];
    for (const [options, says] of cases) {
      expect(() => read(options), says).toThrow(
        expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(says) }),
      );
    }
  });

  it('is told in words', () => {
    const told = (trigger: CleanupTrigger, schedule: string | null = null): string =>
      [whenText({ trigger, schedule }), ...triggerDetails(trigger)].join(', ');
    expect(told({ kind: 'cron', pattern: '0 2 * * *' }, 'every day at 02:00 (UTC)')).toBe(
      'every day at 02:00 (UTC)',
    );
    expect(told({ kind: 'interval', every_seconds: 60 }, 'every 1m')).toBe('every 1m');
    expect(told({ kind: 'once', at: '2027-01-31T12:00:00Z' })).toMatch(/^once at 2027-01-3\d \d\d:00:00$/u);
    expect(
      told({
        kind: 'threshold',
        metric: 'resource_count',
        tags: { status: 'idle' },
        value: 1_000,
        clear_value: 900,
        check_every_seconds: 60,
        repeat_seconds: 900,
      }),
    ).toBe(
      'when resource_count{status=idle} is above 1000, back at 900, checked every 1m, again every 15m while it lasts',
    );
    expect(
      told({ kind: 'threshold', metric: 'memory', condition: 'below', value: 5, repeat_seconds: null }),
    ).toBe('when memory is below 5, once each time');
    expect(told({ kind: 'health', status: 'degraded' })).toBe('when health is degraded or worse');
    expect(told({ kind: 'health', status: 'critical', component: 'bus' })).toBe('when bus is critical');
    expect(told({ kind: 'event', channel: 'sys.dlq', types: ['a.b', 'c.d'], pause_seconds: 5 })).toBe(
      'when a.b or c.d arrives on sys.dlq, at most once in 5s',
    );
    expect(told({ kind: 'manual' })).toBe('by hand only');
  });
});
