import { describe, expect, it } from 'vitest';

import { forecastChart } from './forecast-chart.ts';

const hourMs = 3_600_000;
const noon = Date.UTC(2026, 10, 20, 12);
const at = (hour: number) => new Date(noon + hour * hourMs).toISOString();
const forecast: Parameters<typeof forecastChart>[1] = {
  status: 'forecast',
  method: 'naive',
  season_hours: null,
  step_seconds: 3_600,
  samples: 48,
  coverage: 0.95,
  points: [
    { at: at(1), value: 5, low: 3, high: 7 },
    { at: at(2), value: 5, low: -1, high: 9 },
  ],
  comparison: [],
  exhaustion: null,
};
const past = [
  { at: at(-1), value: 4 },
  { at: at(0), value: 6 },
];
const pointsOf = (chart: ReturnType<typeof forecastChart>, label: string) =>
  chart.series.find((one) => one.label === label)?.points.map(([ms, value]) => [(ms - noon) / hourMs, value]);

describe('a forecast as lines', () => {
  it('begins where the past ends, and its bounds open from there', () => {
    const chart = forecastChart(past, forecast);
    expect(chart.series.map(({ label, kind }) => [label, kind])).toEqual([
      ['Measured', undefined],
      ['Expected', 'expected'],
      ['Highest', 'bound'],
      ['Lowest', 'bound'],
    ]);
    expect(pointsOf(chart, 'Measured')).toEqual([
      [-1, 4],
      [0, 6],
    ]);
    expect(pointsOf(chart, 'Expected')).toEqual([
      [0, 6],
      [1, 5],
      [2, 5],
    ]);
    expect(pointsOf(chart, 'Highest')).toEqual([
      [0, 6],
      [1, 7],
      [2, 9],
    ]);
    expect([chart.fromMs, chart.toMs]).toEqual([noon - hourMs, noon + 2 * hourMs]);
    const labels = chart.series.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining([chart.band.upper, chart.band.lower]));
  });

  it('has no bound below nothing', () => {
    expect(pointsOf(forecastChart(past, forecast), 'Lowest')).toEqual([
      [0, 6],
      [1, 3],
      [2, 0],
    ]);
  });

  it('stands alone without a past, with one that ended long ago, and without what came meanwhile', () => {
    expect(forecastChart([], forecast)).toMatchObject({ fromMs: noon + hourMs, series: { length: 3 } });
    expect(pointsOf(forecastChart([{ at: at(-9), value: 1 }], forecast), 'Expected')).toEqual([
      [1, 5],
      [2, 5],
    ]);
    const later = forecastChart([...past, { at: at(1), value: 8 }], forecast);
    expect(pointsOf(later, 'Measured')).toEqual([
      [-1, 4],
      [0, 6],
    ]);
  });
});
