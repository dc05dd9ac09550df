import { describe, expect, it } from 'vitest';
import { firedIn, matcherIn, scheduleText } from './alerts.ts';

describe('raptorflow alerts silence', () => {
  it('reads what is to match', () => {
    expect(matcherIn('severity=warning')).toEqual({ label: 'severity', op: 'eq', value: 'warning' });
    expect(matcherIn('severity!=critical')).toEqual({ label: 'severity', op: 'ne', value: 'critical' });
    expect(matcherIn('route=/api/*')).toEqual({ label: 'route', op: 'like', value: '/api/*' });
    expect(matcherIn('route!=/api/*')).toEqual({ label: 'route', op: 'not_like', value: '/api/*' });
    expect(matcherIn('team=')).toEqual({ label: 'team', op: 'eq', value: '' });
    for (const text of ['severity', '=x', '1a=b', '']) {
      expect(() => matcherIn(text)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
    }
  });
});

describe('raptorflow alerts backtest', () => {
  it('lists when alerts would have fired, in their order', () => {
    const interval = (state: 'pending' | 'firing', from: string, to: string) => ({ state, from, to });
    expect(
      firedIn({
        series: [
          { tags: { route: '/b' }, points: [], intervals: [interval('firing', 'T3', 'T4')] },
          {
            tags: { route: '/a' },
            points: [],
            intervals: [interval('pending', 'T0', 'T1'), interval('firing', 'T1', 'T2')],
          },
        ],
      }),
    ).toEqual([
      { from: 'T1', to: 'T2', tags: { route: '/a' } },
      { from: 'T3', to: 'T4', tags: { route: '/b' } },
    ]);
  });
});

describe('raptorflow alerts maintenance', () => {
  it('says when it is', () => {
    const times = { start: '02:00', duration_minutes: 60, time_zone: 'UTC' };
    expect(scheduleText({ kind: 'weekly', days: ['mon', 'tue'], ...times })).toBe(
      'mon, tue at 02:00 UTC for 60 min',
    );
    expect(scheduleText({ kind: 'monthly', day: 'last', ...times })).toBe(
      'on the last of the month at 02:00 UTC for 60 min',
    );
    expect(scheduleText({ kind: 'monthly', day: 5, ...times })).toContain('on day 5 of the month');
  });
});
