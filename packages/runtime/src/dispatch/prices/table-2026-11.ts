import type { PriceTable } from './price.ts';

// Pico-USD a token: $1 for a million tokens is 1,000,000 pico-USD.
const perMillion = (usd: number): number => Math.round(usd * 1_000_000);

const rates = (input: number, cachedInput: number, cacheWrite: number, output: number) => ({
  input: perMillion(input),
  cachedInput: perMillion(cachedInput),
  cacheWrite: perMillion(cacheWrite),
  output: perMillion(output),
  thinking: perMillion(output),
});

/**
 * List prices of November 2026. Thinking is billed at the output price by all three providers. Gemini and OpenAI write
 * their implicit caches at the input price unless a row says otherwise.
 */
export const pricesOfNovember2026: PriceTable = {
  version: '2026-11-20',
  date: '2026-11-20',
  sources: [
    'https://ai.google.dev/gemini-api/docs/pricing',
    'https://cloud.google.com/vertex-ai/generative-ai/pricing',
    'https://platform.claude.com/docs/en/about-claude/pricing',
    'https://developers.openai.com/api/docs/pricing',
  ],
  models: [
    {
      models: ['gemini-3.8-flash'],
      provider: 'vertex',
      regionalPremiumPercent: 10,
      periods: [
        { from: '2026-09-02', ...rates(0.75, 0.075, 0.75, 3.75) },
        { from: '2027-01-01', ...rates(1.5, 0.15, 1.5, 7.5) },
      ],
    },
    {
      models: ['gemini-4-argon', 'gemini-4-carbon'],
      provider: 'vertex',
      regionalPremiumPercent: 10,
      periods: [
        { from: '2026-09-30', ...rates(2, 0.1, 2, 10) },
        { from: '2026-12-01', ...rates(4, 0.2, 4, 20) },
      ],
    },
    {
      models: ['gemini-3.5-flash'],
      provider: 'vertex',
      regionalPremiumPercent: 10,
      periods: [{ from: '2026-05-01', ...rates(1.5, 0.15, 1.5, 9) }],
    },
    {
      models: ['gemini-3.1-pro-preview'],
      provider: 'vertex',
      regionalPremiumPercent: 10,
      periods: [
        {
          from: '2026-02-19',
          ...rates(2, 0.2, 2, 12),
          longContext: { aboveInputTokens: 200_000, ...rates(4, 0.4, 4, 18) },
        },
      ],
    },
    {
      models: ['gemini-2.5-pro'],
      provider: 'vertex',
      regionalPremiumPercent: 0,
      periods: [
        {
          from: '2025-06-17',
          ...rates(1.25, 0.125, 1.25, 10),
          longContext: { aboveInputTokens: 200_000, ...rates(2.5, 0.25, 2.5, 15) },
        },
      ],
    },
    {
      models: ['gemini-2.5-flash'],
      provider: 'vertex',
      regionalPremiumPercent: 0,
      periods: [{ from: '2025-06-17', ...rates(0.3, 0.03, 0.3, 2.5) }],
    },
    {
      models: ['gemini-2.5-flash-lite'],
      provider: 'vertex',
      regionalPremiumPercent: 0,
      periods: [{ from: '2025-07-22', ...rates(0.1, 0.01, 0.1, 0.4) }],
    },
    {
      models: ['claude-opus-5-5'],
      provider: 'anthropic',
      regionalPremiumPercent: 10,
      periods: [{ from: '2026-09-22', ...rates(4, 0.2, 5, 20) }],
    },
    {
      models: ['claude-opus-5', 'claude-opus-4-8', 'claude-opus-4-7', 'claude-opus-4-6'],
      provider: 'anthropic',
      regionalPremiumPercent: 10,
      periods: [{ from: '2026-02-05', ...rates(5, 0.5, 6.25, 25) }],
    },
    {
      models: ['claude-sonnet-5-5'],
      provider: 'anthropic',
      regionalPremiumPercent: 10,
      periods: [
        { from: '2026-09-28', ...rates(2, 0.2, 2.5, 10) },
        { from: '2026-10-07', ...rates(2, 0.1, 2.5, 10) },
      ],
    },
    {
      models: ['claude-sonnet-5'],
      provider: 'anthropic',
      regionalPremiumPercent: 10,
      periods: [{ from: '2026-06-01', ...rates(2, 0.2, 2.5, 10) }],
    },
    {
      models: [
        'claude-sonnet-4-6',
        'claude-sonnet-4-5',
        'claude-sonnet-4-5-20250929',
        'claude-sonnet-4-5@20250929',
      ],
      provider: 'anthropic',
      regionalPremiumPercent: 10,
      periods: [{ from: '2025-09-29', ...rates(3, 0.3, 3.75, 15) }],
    },
    {
      models: ['claude-haiku-5-5'],
      provider: 'anthropic',
      regionalPremiumPercent: 10,
      periods: [
        {
          from: '2026-10-07',
          ...rates(0.1, 0.01, 0.125, 0.5),
          longContext: { aboveInputTokens: 100_000, ...rates(0.5, 0.05, 0.625, 2.5) },
        },
      ],
    },
    {
      models: ['claude-haiku-4-5', 'claude-haiku-4-5-20251001', 'claude-haiku-4-5@20251001'],
      provider: 'anthropic',
      regionalPremiumPercent: 10,
      periods: [{ from: '2025-10-15', ...rates(1, 0.1, 1.25, 5) }],
    },
    {
      models: ['gpt-6-sol'],
      provider: 'openai',
      regionalPremiumPercent: 0,
      periods: [
        {
          from: '2026-09-22',
          ...rates(2, 0.2, 2.5, 10),
          longContext: { aboveInputTokens: 272_000, ...rates(4, 0.4, 5, 15) },
        },
      ],
    },
    {
      models: ['gpt-6.1-sol'],
      provider: 'openai',
      regionalPremiumPercent: 0,
      periods: [
        {
          from: '2026-09-29',
          ...rates(2, 0.1, 2.5, 10),
          longContext: { aboveInputTokens: 272_000, ...rates(4, 0.2, 5, 15) },
        },
      ],
    },
    {
      models: ['gpt-6-luna'],
      provider: 'openai',
      regionalPremiumPercent: 0,
      periods: [
        {
          from: '2026-09-22',
          ...rates(0.1, 0.01, 0.125, 0.5),
          longContext: { aboveInputTokens: 272_000, ...rates(0.2, 0.02, 0.25, 0.75) },
        },
      ],
    },
  ],
};
