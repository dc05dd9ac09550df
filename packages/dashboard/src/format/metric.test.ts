import { describe, expect, it } from 'vitest';

import { metricFormat, seriesLabels, shortNumber } from './metric.ts';

describe('a metric', () => {
  it('is written in its unit', () => {
    expect([metricFormat('ms')(0.42), metricFormat('ms')(1_500), metricFormat('s')(1.5)]).toEqual([
      '0.42 ms',
      '1.5 s',
      '1.5 s',
    ]);
    expect(metricFormat('bytes')(12_400)).toBe('12.4 KB');
    expect(metricFormat('micro_usd')(2_500_000)).toBe('$2.5');
    expect(metricFormat('events/s')(0.25)).toBe('0.25/s');
  });

  it('has as many digits as say something', () => {
    expect([0, 0.0421, 3.14, 99.6, 1_204, 120_400].map(shortNumber)).toEqual([
      '0',
      '0.042',
      '3.1',
      '100',
      '1,204',
      '120.4K',
    ]);
  });

  it('has series that are told apart by what differs', () => {
    const tags = (route: string) => ({ tags: { method: 'GET', route } });
    expect(seriesLabels([tags('/a'), tags('/b')])).toEqual(['/a', '/b']);
    expect(seriesLabels([tags('/a')])).toEqual(['GET · /a']);
    expect(seriesLabels([{ tags: {} }, tags('/a')])).toEqual(['all', 'GET · /a']);
  });
});
