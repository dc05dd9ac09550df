import type { Clock } from 'raptorflow/kernel';
import { systemClock } from 'raptorflow/kernel';

/** What a caller is told to do. */
export interface CallerOrder {
  readonly database: { readonly path: string } | { readonly url: string };
  readonly modelUrl: string;
  readonly workspaceId: string;
  readonly capMicroUsd: number;
  readonly timeZone: string;
  /** What its clock is ahead of the machine's. */
  readonly aheadMs: number;
  /** When, on its clock, the month ends: whoever was refused before goes on after it. */
  readonly monthEndsMs: number;
  /** Calls that it makes at once. */
  readonly concurrency: number;
  readonly seed: number;
}

/** What a caller tells, a line of JSON each. */
export type CallerLine =
  | { readonly kind: 'ready' }
  /** The first refusal of a month, with the figures that decided it. */
  | { readonly kind: 'refused'; readonly period: string; readonly usedShare: number }
  | { readonly kind: 'done'; readonly calls: number; readonly refusals: number };

/** A dear model and the cheap one that stands in for it, in pico-USD a token. */
export const rigPrices = {
  'dear-model': { input: 1_000_000, cachedInput: 100_000, cacheWrite: 1_000_000, output: 6_000_000 },
  'cheap-model': { input: 500_000, cachedInput: 50_000, cacheWrite: 500_000, output: 3_000_000 },
} as const;

/** The same prices as the ledger reads them. */
export const priceFile = {
  file: 'prices.json',
  content: {
    models: Object.entries(rigPrices).map(([model, rates]) => ({
      models: [model],
      periods: [{ from: '2026-01-01', ...rates, thinking: rates.output }],
    })),
  },
};

/** The machine's clock, ahead by so much. */
export function clockAhead(aheadMs: number): Clock {
  return { ...systemClock, now: () => systemClock.now() + aheadMs };
}
