import type { WireBacktest } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import {
  backtestAdvice,
  backtestChart,
  backtestSentence,
  notificationWords,
  perDayWords,
} from './backtest-chart.ts';

const at = (minute: number) => `2026-01-01T10:${String(minute).padStart(2, '0')}:00.000Z`;
const series = (
  route: string,
  states: readonly WireBacktest['series'][number]['intervals'][number]['state'][],
) => ({
  tags: { route },
  points: [
    { at: at(0), value: 1 },
    { at: at(1), value: null },
  ],
  intervals: states.map((state, index) => ({ state, from: at(index), to: at(index + 1) })),
});
const result = (change: Partial<WireBacktest> = {}): WireBacktest => ({
  from: at(0),
  to: at(59),
  step_seconds: 30,
  firings: 1,
  firings_per_day: 1,
  notifications: [
    { at: at(1), status: 'firing', alerts: 1 },
    { at: at(2), status: 'resolved', alerts: 1 },
  ],
  series: [series('/a', []), series('/b', ['pending', 'firing', 'resolved'])],
  series_left_out: 0,
  ...change,
});

describe('a back-test', () => {
  it('draws what would have fired first, and its stretches over those of others', () => {
    const chart = backtestChart(result());
    expect(chart.series.map(({ label }) => label)).toEqual(['/b', '/a']);
    expect(chart.series[0]?.points).toEqual([
      [Date.parse(at(0)), 1],
      [Date.parse(at(1)), null],
    ]);
    expect(chart.stretches).toEqual([
      {
        state: 'pending',
        tone: 'warn',
        fromMs: Date.parse(at(0)),
        toMs: Date.parse(at(1)),
        label: 'route=/b',
      },
      { state: 'firing', tone: 'bad', fromMs: Date.parse(at(1)), toMs: Date.parse(at(2)), label: 'route=/b' },
    ]);
  });

  it('says how many lines it leaves out, and has none for rules that measure nothing', () => {
    const many = Array.from({ length: 11 }, (_, index) => series(`/${index}`, []));
    const chart = backtestChart(result({ series: many, series_left_out: 4 }));
    expect([chart.series.length, chart.leftOut]).toEqual([8, 7]);
    const labels = { alertname: 'both', severity: 'error', host: 'a' };
    const composite = { tags: labels, points: [], intervals: series('', ['firing']).intervals };
    const drawn = backtestChart(result({ series: [composite] }));
    expect(drawn.series).toEqual([]);
    expect(drawn.stretches.map(({ label }) => label)).toEqual(['host=a']);
  });

  it('is told in words', () => {
    expect(backtestSentence(result())).toBe('It would have fired once and told somebody 2 times.');
    expect(backtestSentence(result({ firings: 0 }))).toBe('It would not have fired.');
    expect(perDayWords(result({ firings_per_day: 0.14 }))).toBe('0.14 a day');
    expect(notificationWords(result())).toBe('1 while it fired, 1 when it was over');
    expect(backtestAdvice(result())).toBeNull();
    expect(backtestAdvice(result({ firings_per_day: 30 }))).toContain('more than once an hour');
  });
});
