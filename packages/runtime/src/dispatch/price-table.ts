import { parseOptions, RaptorFlowError } from 'raptorflow/kernel';
import { z } from 'zod';
import type { ModelPrice, PricePeriod, PriceTable, TokenRates } from './prices/price.ts';
import { pricesOfNovember2026 } from './prices/table-2026-11.ts';

/** A model's rates at one moment, in one region. */
export interface PricedModel extends TokenRates {
  readonly longContext: (TokenRates & { readonly aboveInputTokens: number }) | null;
  /** The table's version, or the user's file and its table's: `2026-11-20+prices.json`. */
  readonly version: string;
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
const overrideSchema = z.strictObject({
  version: z.string().min(1).default('own'),
  models: z.array(
    z.strictObject({
      models: z.array(z.string().min(1)).min(1),
      provider: z.string().default('own'),
      regionalPremiumPercent: z.int().min(0).max(100).default(0),
      periods: z.array(period).min(1),
    }),
  ),
});

/** The table that this version of RaptorFlow brings. */
export const builtInPrices: PriceTable = pricesOfNovember2026;

/** Builds the price list. Throws `invalid_options` naming what an override file has wrong. */
export function createPrices(overrides?: PriceOverrides, table: PriceTable = builtInPrices): Prices {
  const entries = new Map<string, { price: ModelPrice; version: string }>();
  for (const price of table.models) {
    for (const model of price.models) entries.set(model, { price, version: table.version });
  }
  if (overrides !== undefined) {
    const own = parseOptions(`The price file ${overrides.file}`, overrideSchema, overrides.content);
    const version = `${table.version}+${own.version}`;
    for (const price of own.models) {
      for (const model of price.models) entries.set(model, { price, version });
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
      };
    },
    models: () => [...entries.keys()],
  };
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
