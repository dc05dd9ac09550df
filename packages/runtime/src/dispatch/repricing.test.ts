import { describe, expect, it } from 'vitest';
import type { CostLine } from '../ledger/index.ts';
import { createModelCatalog } from '../models/catalog.ts';
import { createPrices } from './price-table.ts';
import { repriceMonth, type WhatIf } from './repricing.ts';

const line = (callId: string, more: Partial<CostLine> = {}): CostLine => ({
  callId,
  attempt: 1,
  revision: 0,
  period: '2026-11',
  day: '2026-11-20',
  provider: 'openai',
  requestedModel: 'fast',
  model: 'gpt-6-luna',
  guild: null,
  agentId: null,
  agentRunId: null,
  campaignId: null,
  budgetId: null,
  correlationId: null,
  status: 'completed',
  inputTokens: 1_000,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 1_000,
  reasoningTokens: 0,
  costMicroUsd: 600,
  estimated: false,
  priceVersion: '2026-11-20',
  rawUsage: null,
  streamed: false,
  latencyMs: 1,
  errorCode: null,
  createdAt: '2026-11-20T12:00:00.000Z',
  ...more,
});

const noUsage = { inputTokens: 0, outputTokens: 0 } as const;

const reprice = (lines: readonly CostLine[], whatIf: Omit<WhatIf, 'month'> = {}) =>
  repriceMonth(
    'ws_a',
    { month: '2026-11', ...whatIf },
    {
      costs: {
        // Portions that part the two lines of an attempt.
        async *scan() {
          for (const one of lines) yield [one];
        },
      },
      models: createModelCatalog(),
      prices: createPrices(),
    },
  );

describe('a month at other prices', () => {
  it('costs what it cost at the prices that it was booked at', async () => {
    expect(await reprice([line('call_1'), line('call_2')])).toMatchObject({
      bookedMicroUsd: 1_200,
      repricedMicroUsd: 1_200,
      unpriced: [],
      models: [{ model: 'gpt-6-luna', pricedAs: 'gpt-6-luna', attempts: 2, inputTokens: 2_000 }],
    });
  });

  it('counts what a kept answer served as free, not as unknown', async () => {
    const kept = line('call_2', { ...noUsage, costMicroUsd: 0, priceVersion: 'cache' });
    expect(await reprice([line('call_1'), kept])).toMatchObject({
      bookedMicroUsd: 600,
      repricedMicroUsd: 600,
      unpriced: [],
      models: [{ attempts: 2 }],
    });
  });

  it('is priced by the table given, and by its last prices where it has none for that day', async () => {
    const content = {
      version: 'next-year',
      models: [
        {
          models: ['gpt-6-luna'],
          periods: [
            {
              from: '2027-01-01',
              input: 200_000,
              cachedInput: 0,
              cacheWrite: 0,
              output: 1_000_000,
              thinking: 0,
            },
          ],
        },
      ],
    };
    expect(await reprice([line('call_1')], { prices: { file: 'body', content } })).toMatchObject({
      repricedMicroUsd: 1_200,
      models: [{ priceVersion: 'what-if+next-year' }],
    });
    await expect(
      reprice([line('call_1')], { prices: { file: 'body', content: { models: 3 } } }),
    ).rejects.toMatchObject({ code: 'invalid_options' });
  });

  it('is priced as other models, configured here or not, each attempt rounded up on its own', async () => {
    const odd = { inputTokens: 1, outputTokens: 0, costMicroUsd: 1 };
    const { models, repricedMicroUsd } = await reprice([line('call_1', odd), line('call_2', odd)], {
      models: { 'gpt-6-luna': 'anthropic:claude-sonnet-5-5' },
    });
    // 2 pico-USD a token each: one micro-USD each, and not one for both.
    expect(models).toMatchObject([{ pricedAs: 'claude-sonnet-5-5', attempts: 2 }]);
    expect(repricedMicroUsd).toBe(4);
    expect(await reprice([line('call_1')], { models: { 'gpt-6-luna': 'offline' } })).toMatchObject({
      repricedMicroUsd: 0,
    });
  });

  it('names what could not be priced, and leaves it out of the comparison', async () => {
    const result = await reprice([
      line('call_1'),
      line('call_2', { status: 'uncertain', estimated: true, costMicroUsd: 900, ...noUsage }),
      line('call_3', { model: 'my-llama', costMicroUsd: 70 }),
    ]);
    expect(result).toMatchObject({
      bookedMicroUsd: 600,
      repricedMicroUsd: 600,
      unpricedMicroUsd: 970,
      unpriced: [
        { model: 'gpt-6-luna', reason: 'usage_unknown', attempts: 1, bookedMicroUsd: 900 },
        { model: 'my-llama', reason: 'price_unknown', attempts: 1, bookedMicroUsd: 70 },
      ],
    });
  });

  it('takes what became known of an uncertain attempt with it: its usage, or that it cost nothing', async () => {
    const lost = { status: 'uncertain', estimated: true, costMicroUsd: 900, ...noUsage } as const;
    const result = await reprice([
      line('call_1', lost),
      line('call_1', { revision: 1, costMicroUsd: -300 }),
      line('call_2', lost),
      line('call_2', { revision: 1, status: 'failed', costMicroUsd: -900, ...noUsage }),
    ]);
    expect(result).toMatchObject({
      bookedMicroUsd: 600,
      repricedMicroUsd: 600,
      unpriced: [],
      models: [{ attempts: 2 }],
    });
  });
});
