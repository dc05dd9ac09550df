import { parseOptions, RaptorFlowError } from 'raptorflow/kernel';
import { z } from 'zod';
import type { ModelPrice, PricePeriod, PriceTable, TokenRates } from './prices/price.ts';
import pricesOfNovember2026 from './prices/prices-2026-11.json' with { type: 'json' };

/** What stands as the price of an answer that was kept from an earlier call: it cost nothing, whatever the prices. */
export const keptAnswerPrice = 'cache';

/** A model's rates at one moment, in one region. */
export interface PricedModel extends TokenRates {
  readonly longContext: (TokenRates & { readonly aboveInputTokens: number }) | null;
  /** The table's version, or the user's file and its table's: `2026-11-20+prices.json`. */
  readonly version: string;
  /** Where the figures were read: a page of the provider, or the user's file. */
  readonly source: string;
  /** The day that they were read, or null where the user's file does not say. */
  readonly date: string | null;
}

/** Prices of this installation. */
export interface Prices {
  /** Throws `price_unknown` with how to add one. */
  priceOf(modelId: string, region: string | null, atMs: number): PricedModel;
  /** Every model with a price. */
  models(): readonly string[];
}

/** A user's own prices; they go before the built-in ones. */
export interface PriceOverrides {
  /** Where the overrides come from, for messages and for the version in the cost log. */
  readonly file: string;
  /** The parsed JSON: `{ "models": [{ "models": ["…"], "periods": [{ "from": "2026-01-01", "input": 300000, … }] }] }`. */
  readonly content: unknown;
}

const rate = z.int().nonnegative();
const rates = { input: rate, cachedInput: rate, cacheWrite: rate, output: rate, thinking: rate };
const period = z.strictObject({
  from: z.iso.date(),
  ...rates,
  longContext: z.strictObject({ ...rates, aboveInputTokens: z.int().positive() }).optional(),
});
const model = z.strictObject({
  models: z.array(z.string().min(1)).min(1),
  provider: z.string().default('own'),
  source: z.string().min(1).optional(),
  regionalPremiumPercent: z.int().min(0).max(100).default(0),
  periods: z.array(period).min(1),
});
const overrideSchema = z.strictObject({
  version: z.string().min(1).default('own'),
  date: z.iso.date().optional(),
  // The built-in table says these as well, so that a copy of it, changed, can be given.
  unit: z.string().optional(),
  sources: z.array(z.string()).optional(),
  models: z.array(model),
});

/**
 * The table that this version of RaptorFlow brings: a versioned JSON file with its date and sources, in the form that a user's own
 * prices have. Thinking is billed at the output price by all three providers; Gemini and OpenAI write their implicit caches at the input
 * price unless a row says otherwise.
 */
export const builtInPrices: PriceTable = pricesOfNovember2026;

/** Builds the price list. Throws `invalid_options` naming what an override file has wrong. */
export function createPrices(overrides?: PriceOverrides, table: PriceTable = builtInPrices): Prices {
  const entries = new Map<string, Entry>();
  for (const price of table.models) {
    const { version, date } = table;
    const source = price.source ?? table.sources[0] ?? 'the built-in table';
    for (const id of price.models) entries.set(id, { price, version, date, source });
  }
  if (overrides !== undefined) {
    const own = parseOptions(`The price file ${overrides.file}`, overrideSchema, overrides.content);
    const version = `${table.version}+${own.version}`;
    for (const price of own.models) {
      const source = price.source ?? overrides.file;
      for (const id of price.models) entries.set(id, { price, version, date: own.date ?? null, source });
    }
  }
  const file = overrides?.file ?? 'prices.json';
  return {
    priceOf: (modelId, region, atMs) => {
      const entry = entries.get(modelId);
      const current = entry === undefined ? undefined : periodAt(entry.price, atMs);
      if (entry === undefined || current === undefined) throw unknownPrice(modelId, file);
      const premium = region === null || region === 'global' ? 0 : entry.price.regionalPremiumPercent;
      const long = current.longContext;
      return {
        ...withPremium(current, premium),
        longContext:
          long === undefined
            ? null
            : { ...withPremium(long, premium), aboveInputTokens: long.aboveInputTokens },
        version: entry.version,
        source: entry.source,
        date: entry.date,
      };
    },
    models: () => [...entries.keys()],
  };
}

interface Entry {
  readonly price: ModelPrice;
  readonly version: string;
  readonly date: string | null;
  readonly source: string;
}

function periodAt(price: ModelPrice, atMs: number): PricePeriod | undefined {
  return price.periods.findLast((candidate) => Date.parse(`${candidate.from}T00:00:00Z`) <= atMs);
}

function withPremium(from: TokenRates, percent: number): TokenRates {
  const raised = (value: number): number => Math.ceil((value * (100 + percent)) / 100);
  return {
    input: raised(from.input),
    cachedInput: raised(from.cachedInput),
    cacheWrite: raised(from.cacheWrite),
    output: raised(from.output),
    thinking: raised(from.thinking),
  };
}

function unknownPrice(modelId: string, file: string): RaptorFlowError {
  const example = {
    models: [
      {
        models: [modelId],
        periods: [{ from: '2026-01-01', input: 0, cachedInput: 0, cacheWrite: 0, output: 0, thinking: 0 }],
      },
    ],
  };
  return new RaptorFlowError(
    'price_unknown',
    `"${modelId}" has no price, so it is not called. Add it to ${file} in pico-USD a token ` +
      `($1 for a million tokens is 1000000; a server of your own may cost 0): ${JSON.stringify(example)}`,
    { details: { model: modelId, file } },
  );
}
