import type { WireRecommendation, WireUsagePattern } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import {
  amountOf,
  basisWords,
  changeWords,
  confidenceWords,
  evidenceOf,
  exhaustionWords,
  missingWords,
  savingWords,
  shortAmountOf,
  windowWords,
} from './advice-words.ts';

const advice: WireRecommendation = {
  recommendation_id: 'adv_1',
  title: 'Release leaked file handle',
  description: 'Nothing comes back.',
  optimization_type: 'cleanup',
  priority: 'high',
  implementation_effort: 'low',
  estimated_savings: { amount: 670, unit: 'handles' },
  resource_type: 'file_handle',
  workspace_id: null,
  current_state: '670 handles came together',
  recommended_state: 'what is no longer used is released',
  steps: [],
  basis: 'leak',
  confidence: 0.99,
  applicable: true,
  state: 'open',
  application: null,
  tags: [],
  created_at: '2026-11-20T12:00:00.000Z',
  last_seen: '2026-11-20T12:00:00.000Z',
};
const series: WireUsagePattern['series'] = {
  series_id: 'handles',
  resource_type: 'file_handle',
  usage: 'held',
  unit: 'handles',
  workspace_id: null,
  capacity: null,
  quota_id: null,
};

describe('advice in words', () => {
  it('writes amounts in the unit of what is used', () => {
    expect(amountOf('percent', 81.706)).toBe('81.7 %');
    expect(amountOf('micro_usd', 102_534)).toBe('$0.1');
    expect(amountOf('bytes', 2_000_000)).toBe('2.0 MB');
    expect(amountOf('resources', 36.3)).toBe('36 resources');
    expect([shortAmountOf('resources', 36.3), shortAmountOf('percent', 5)]).toEqual(['36', '5 %']);
  });

  it('says what it saves, what it follows from and how sure it is, and promises nothing', () => {
    expect(savingWords(advice)).toBe('about 670 handles');
    expect(savingWords({ ...advice, estimated_savings: null })).toBe('');
    expect([0.9999, 0.99, 0.9512, null].map(confidenceWords)).toEqual([
      '99.9 % sure',
      '99 % sure',
      '95.1 % sure',
      '',
    ]);
    expect(['leak', 'profile', 'moon_phase'].map((basis) => basisWords({ basis }))).toEqual([
      'a pattern: only ever rises',
      'how it is used',
      'Moon phase',
    ]);
  });

  it('says before it is carried out what will be changed', () => {
    expect(changeWords(advice, 'in this workspace')).toMatch(
      /^Closes what is idle, leaked or could not be closed before of “File handle”, in this workspace\./u,
    );
    const limit = { ...advice, optimization_type: 'quota_adjustment', resource_type: 'memory' } as const;
    expect(changeWords(limit, '')).toMatch(/^Sets the limit of “Memory”/u);
    expect(changeWords({ ...advice, optimization_type: 'scheduling' }, '')).toMatch(/^Moves the task/u);
    expect(changeWords({ ...advice, optimization_type: 'caching' }, '')).toBe(
      'What is no longer used is released.',
    );
  });

  it('says how many samples are missing', () => {
    expect(missingWords({ status: 'not_enough_data', samples: 3, needed: 10, missing: 7 })).toBe(
      'Not enough data: 3 of 10 samples are there, 7 are missing.',
    );
    expect(missingWords({ status: 'not_enough_data', samples: 9, needed: 10, missing: 1 })).toMatch(
      /1 is missing\.$/u,
    );
  });
});

describe('evidence', () => {
  it('is written with the unit that each figure has', () => {
    const evidence = {
      growth_per_hour: 2,
      rising_share: 0.97,
      resets: 0,
      period_ms: 43_200_000,
      at: '2026-11-20T12:00:00.000Z',
      against: 'capacity',
      something_new: 3,
    };
    expect(evidenceOf({ evidence, series })).toEqual([
      ['Growth an hour', '2 handles'],
      ['Changes that are rises', '97 %'],
      ['Restarts', '0'],
      ['Every', '12 h 00 min'],
      ['At about', expect.stringContaining('20 Nov 2026')],
      ['Compared with the', 'capacity'],
      ['Something new', '3 handles'],
    ]);
    expect([6, 24, 336].map(windowWords)).toEqual(['6 hours', '1 day', '14 days']);
  });
});

describe('whether a limit is reached', () => {
  const day = (date: number) => `2026-11-${date}T12:00:00.000Z`;
  const words = (at: string | null, earliest: string | null, latest: string | null) =>
    exhaustionWords({ exhaustion: { limit: 100, at, earliest, latest } }, 'percent');

  it('is said with the earliest and the latest moment, as far as they lie within the forecast', () => {
    expect(words(day(21), day(20), day(22))).toMatch(
      /^The limit of 100 % is reached at about 21 Nov.*, at the earliest 20 Nov.*, at the latest 22 Nov.*\.$/u,
    );
    expect(words(day(21), day(20), null)).not.toContain('latest');
    expect(words(null, day(20), null)).toMatch(/^The limit of 100 % may be reached from 20 Nov/u);
    expect(words(null, null, null)).toBe('The limit of 100 % is not reached in this time.');
    expect(exhaustionWords({ exhaustion: null }, 'percent')).toBeNull();
  });
});
