import { describe, expect, test, vi } from 'vitest';
import { pointsOf } from '../testing/generated.ts';
import { forecastCapacity } from './capacity.ts';

vi.mock('@bsull/augurs/mstl', () => {
  throw new TypeError('Cannot find package @bsull/augurs');
});

describe('without the optional package', () => {
  const points = pointsOf((hour) => 100 + 0.1 * hour + 30 * Math.sin((2 * Math.PI * hour) / 24), 336);

  test('a forecast is made by the other methods', async () => {
    const found = await forecastCapacity(points, { horizon: 48 });
    expect(found).toMatchObject({ status: 'forecast', method: 'holt_winters' });
    expect('comparison' in found && found.comparison.map(({ method }) => method)).toEqual([
      'seasonal_naive',
      'holt_winters',
    ]);
  });

  test('asking for it by name says what to type', async () => {
    await expect(forecastCapacity(points, { horizon: 48, methods: ['mstl_ets'] })).rejects.toMatchObject({
      code: 'missing_dependency',
      message: expect.stringContaining('npm install @bsull/augurs'),
    });
  });
});
