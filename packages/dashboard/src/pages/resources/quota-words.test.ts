import { expect, it } from 'vitest';

import { amountText, choicesOf, limitText, usedShare } from './quota-words.ts';

it('writes amounts in the unit of what is counted', () => {
  expect(amountText('memory', 4 * 2 ** 30)).toBe('4.3 GB');
  expect(amountText('upload_bytes', 2_000)).toBe('2.0 KB');
  expect(amountText('llm_micro_usd', 12_500_000)).toBe('$12.50');
  expect(amountText('llm_tokens', 100_000)).toBe('100,000');
  expect(limitText({ resource_type: 'llm_tokens', limit: 1_000, period: 'day' })).toBe('1,000 a day');
});

it('fills the bar by the share that is used, also above the limit and for a limit of nothing', () => {
  expect(usedShare({ current_usage: 50, limit: 100 })).toBe(0.5);
  expect(usedShare({ current_usage: 150, limit: 100 })).toBe(1.5);
  expect(usedShare({ current_usage: 0, limit: 0 })).toBe(0);
  expect(usedShare({ current_usage: 1, limit: 0 })).toBe(1);
});

it('offers only what the server accepts for a kind', () => {
  expect(choicesOf('soft').actions).toContain('warn');
  for (const kind of ['hard', 'burst', 'dynamic'] as const)
    expect(choicesOf(kind).actions).not.toContain('warn');
  for (const kind of ['burst', 'dynamic'] as const) expect(choicesOf(kind).periods).not.toContain('held');
  expect(choicesOf('hard').hasBurst).toBe(false);
});
