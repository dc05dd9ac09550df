/** Rates in pico-USD a token, all integers. */
export interface TokenRates {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly thinking: number;
}

/** The rates from a day on. A request whose input is longer than the bound pays the long-context rates for all of it. */
export interface PricePeriod extends TokenRates {
  /** The first day (UTC), as `2026-11-20`. */
  readonly from: string;
  readonly longContext?: (TokenRates & { readonly aboveInputTokens: number }) | undefined;
}

/** The prices of models that cost the same. */
export interface ModelPrice {
  readonly models: readonly string[];
  /** Whose price it is, for people; a model costs the same on every provider unless its region adds the premium. */
  readonly provider: string;
  /** Where the figures were read; a table of somebody's own need not say. */
  readonly source?: string | undefined;
  /** What Vertex AI adds on endpoints other than `global`. */
  readonly regionalPremiumPercent: number;
  /** In order of `from`. */
  readonly periods: readonly PricePeriod[];
}

/** A versioned price table with where and when its figures were read. */
export interface PriceTable {
  readonly version: string;
  readonly date: string;
  readonly sources: readonly string[];
  readonly models: readonly ModelPrice[];
}
