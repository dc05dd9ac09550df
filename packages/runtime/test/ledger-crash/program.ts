/** What the child is told to do. */
export interface CallProgram {
  readonly database: { readonly path: string } | { readonly url: string };
  readonly modelUrl: string;
  /** The cap that its calls run into. */
  readonly capMicroUsd: number;
}

/** What the server bills, in its own words and in the ledger's. */
export const rigPrice = { input: 1_000_000, cachedInput: 100_000, cacheWrite: 1_000_000, output: 5_000_000 };

/** The same price as the ledger reads it. */
export const priceFile = {
  file: 'prices.json',
  content: {
    models: [
      { models: ['rig-model'], periods: [{ from: '2026-01-01', ...rigPrice, thinking: rigPrice.output }] },
    ],
  },
};
