import fc from 'fast-check';
import { isRaptorFlowError } from 'raptorflow/kernel';
import { describe, expect, test } from 'vitest';
import type { ModelRequest, ModelUsage } from '../models/model.ts';
import { costOf, inputTokensMax, worstCaseOf } from './cost.ts';
import { builtInPrices, createPrices } from './price-table.ts';

const november = Date.UTC(2026, 10, 20);
const prices = createPrices();

const usageOf = (usage: Partial<ModelUsage>): ModelUsage => ({
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  ...usage,
});

const ask = (content: string, maxOutputTokens = 100): ModelRequest => ({
  modelId: 'm',
  messages: [{ role: 'user', content }],
  maxOutputTokens,
});

describe('costs', () => {
  test('are the tokens at their own rates, rounded up once', () => {
    const price = prices.priceOf('gemini-3.8-flash', 'global', november);
    // 1,000 fresh at $0.75, 200 cached at $0.075, 300 out at $3.75 per million: 750 + 15 + 1,125 micro-USD.
    const usage = usageOf({
      inputTokens: 1_200,
      cachedInputTokens: 200,
      outputTokens: 300,
      reasoningTokens: 50,
    });
    expect(costOf(usage, price)).toBe(1_890);
    expect(costOf(usageOf({ inputTokens: 1 }), price)).toBe(1);
    expect(costOf(usageOf({}), price)).toBe(0);
  });

  test('follow the day, the region and the length of the input', () => {
    const usage = usageOf({ inputTokens: 1_000_000 });
    const cost = (model: string, region: string, at: number): number =>
      costOf(usage, prices.priceOf(model, region, at));
    expect(cost('gemini-3.8-flash', 'global', november)).toBe(750_000);
    expect(cost('gemini-3.8-flash', 'global', Date.UTC(2027, 0, 1))).toBe(1_500_000);
    expect(cost('gemini-3.8-flash', 'us-central1', november)).toBe(825_000);
    expect(cost('claude-haiku-5-5', 'global', november)).toBe(500_000);
    const short = usageOf({ inputTokens: 100_000 });
    expect(costOf(short, prices.priceOf('claude-haiku-5-5', null, november))).toBe(10_000);
  });

  test('never exceed the worst case of the request that caused them', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...prices.models()),
        fc.constantFrom('global', 'europe-west4', null),
        fc.record({
          text: fc.string({ maxLength: 2_000, unit: 'grapheme' }),
          output: fc.integer({ min: 1, max: 64_000 }),
          inputShare: fc.double({ min: 0, max: 1, noNaN: true }),
          cachedShare: fc.double({ min: 0, max: 1, noNaN: true }),
          thinkingShare: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        (model, region, { text, output, inputShare, cachedShare, thinkingShare }) => {
          const request = ask(text, output);
          const price = prices.priceOf(model, region, november);
          const inputTokens = Math.floor(inputTokensMax(request) * inputShare);
          const cachedInputTokens = Math.floor(inputTokens * cachedShare);
          const usage = usageOf({
            inputTokens,
            cachedInputTokens,
            cacheWriteTokens: inputTokens - cachedInputTokens,
            outputTokens: output,
            reasoningTokens: Math.floor(output * thinkingShare),
          });
          expect(costOf(usage, price)).toBeLessThanOrEqual(worstCaseOf(request, price));
        },
      ),
    );
  });

  test('count images beyond their bytes and leave the offline hint out', () => {
    const image: ModelRequest = {
      ...ask(''),
      messages: [{ role: 'user', content: [{ type: 'image', mediaType: 'image/png', data: 'AAAA' }] }],
    };
    expect(inputTokensMax(image)).toBeGreaterThan(16_000);
    const hinted: ModelRequest = { ...ask('x'), task: { kind: 'find_facts', input: 'y'.repeat(10_000) } };
    expect(inputTokensMax(hinted)).toBe(inputTokensMax(ask('x')));
  });
});

const free = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, thinking: 0 };

describe('the price list', () => {
  test('has whole, positive rates with a date and sources', () => {
    expect(builtInPrices.sources.length).toBeGreaterThan(0);
    for (const model of builtInPrices.models) {
      for (const period of model.periods) {
        for (const rate of [
          period.input,
          period.cachedInput,
          period.cacheWrite,
          period.output,
          period.thinking,
        ]) {
          expect(Number.isSafeInteger(rate)).toBe(true);
          expect(rate).toBeGreaterThan(0);
        }
      }
    }
  });

  test('says where and when each price was read, the user’s own too', () => {
    for (const model of builtInPrices.models) {
      expect(model.source).toMatch(/^https:/);
      expect(prices.priceOf(model.models[0] ?? '', null, Date.UTC(2027, 0, 1)).date).toBe(builtInPrices.date);
    }
    const content = { models: [{ models: ['my-llama'], periods: [{ ...free, from: '2026-01-01' }] }] };
    const own = createPrices({ file: 'prices.json', content });
    expect(own.priceOf('my-llama', null, november)).toMatchObject({ source: 'prices.json', date: null });
  });

  test('is a file that can be copied, changed and given back as one’s own', () => {
    const copy = createPrices({ file: 'copy.json', content: builtInPrices });
    for (const model of prices.models()) {
      const { version: _own, ...price } = copy.priceOf(model, null, november);
      expect(prices.priceOf(model, null, november)).toMatchObject(price);
    }
  });

  test('refuses a model without a price and says how to add one; what it says works', () => {
    const failure = (() => {
      try {
        prices.priceOf('my-llama', null, november);
        return undefined;
      } catch (error) {
        return error;
      }
    })();
    if (!isRaptorFlowError(failure, 'price_unknown')) throw failure;
    const example: unknown = JSON.parse(failure.message.slice(failure.message.indexOf('{"models"')));
    const own = createPrices({ file: 'prices.json', content: example });
    expect(own.priceOf('my-llama', null, november).input).toBe(0);
    expect(own.priceOf('my-llama', null, november).version).toBe(`${builtInPrices.version}+own`);
    expect(own.priceOf('gemini-3.8-flash', null, november).input).toBe(750_000);
  });

  test('names what an own file has wrong', () => {
    expect(() =>
      createPrices({ file: 'prices.json', content: { models: [{ models: ['x'], periods: [{}] }] } }),
    ).toThrow(/prices\.json.*models\[0\]\.periods\[0\]\.from/);
  });
});
