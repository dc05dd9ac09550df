import type { WireAlertRuleDraft, WireMetricInfo } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { ruleSentence, sourceOf, thresholdWords, unitOf, valueFormat } from './rule-words.ts';

const metric: WireMetricInfo = {
  name: 'http_request_ms',
  type: 'histogram',
  unit: 'ms',
  description: 'How long answers took.',
  category: 'performance',
  aggregations: ['count', 'p95'],
  series: 1,
  folded: 0,
  tag_names: ['route'],
};
const rule = (change: Partial<WireAlertRuleDraft>): WireAlertRuleDraft => ({
  name: 'slow',
  condition: 'gt',
  metric: 'http_request_ms',
  aggregation: 'p95',
  window_seconds: 60,
  threshold: 500,
  ...change,
});

describe('a rule in words', () => {
  it.each([
    [{}, 'p95 of http_request_ms over 1 min is above 500 ms'],
    [
      { condition: 'lte', aggregation: 'rate', threshold: 2 },
      'rate of http_request_ms over 1 min is at or below 2 ms/s',
    ],
    [{ condition: 'absent' }, 'http_request_ms has no samples for 1 min'],
    [
      { condition: 'change', threshold: 0.5, change: { earlier_seconds: 3_600, direction: 'down' } },
      'p95 of http_request_ms over 1 min falls by more than 50 % within 1 h',
    ],
    [
      { condition: 'change', threshold: 40, change: { earlier_seconds: 3_600, mode: 'absolute' } },
      'p95 of http_request_ms over 1 min rises by more than 40 ms within 1 h',
    ],
    [{ condition: 'anomaly' }, 'p95 of http_request_ms over 1 min is unlike what it usually is'],
    [
      { condition: 'burn_rate', total: { metric: 'requests' }, objective: 0.999, threshold: 14.4 },
      'the error budget of requests burns more than 14.4× as fast as an objective of 99.9 % allows',
    ],
    [{ condition: 'any', rules: ['a', 'b'] }, 'any of a, b fires'],
    [{ condition: 'all', rules: ['a', 'b'] }, 'all of a, b fire'],
  ] as const)('is a sentence: %o', (change, sentence) => {
    expect(ruleSentence(rule(change as Partial<WireAlertRuleDraft>), [metric])).toBe(sentence);
  });

  it('writes its values in the unit that it judges', () => {
    const written = (change: Partial<WireAlertRuleDraft>, value: number) =>
      valueFormat(rule(change), [metric])(value);
    expect(written({}, 1_500)).toBe('1.5 s');
    expect(written({ metric: 'unknown' }, 1_500)).toBe('1,500');
    expect(written({ condition: 'change', change: { earlier_seconds: 60 } }, Number.MAX_VALUE)).toBe(
      'from nothing',
    );
    expect(written({ condition: 'burn_rate' }, 14.4)).toBe('14.4×');
    expect(written({ condition: 'any' }, 1)).toBe('1 rule');
  });

  it('loses no digit of its threshold', () => {
    const written = (unit: string, threshold: number) =>
      thresholdWords(rule({ aggregation: 'max', threshold }), [{ ...metric, unit }]);
    expect([written('1', 0.995), written('events', 1_204), written('ms', 12.5)]).toEqual([
      '0.995',
      '1,204',
      '12.5 ms',
    ]);
    expect([written('micro_usd', 2_512_000), written('bytes', 5_000_000)]).toEqual(['$2.512', '5.0 MB']);
    expect(thresholdWords(rule({ aggregation: 'rate', threshold: 2 }), [metric])).toBe('2 ms/s');
  });

  it('knows units of what is summed up, and what a condition looks at', () => {
    expect([unitOf(metric, 'p95'), unitOf(metric, 'count'), unitOf(metric, 'rate')]).toEqual([
      'ms',
      '1',
      'ms/s',
    ]);
    expect([sourceOf('gt'), sourceOf('burn_rate'), sourceOf('all')]).toEqual([
      'metric',
      'objective',
      'rules',
    ]);
  });
});
