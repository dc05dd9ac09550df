import type { ServerUsage, Wire } from './call.ts';

/** Prices of one model in pico-USD a token. */
export interface RigPrice {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly output: number;
}

/** How a call ended, as the server saw it. */
export type BilledOutcome = 'answered' | 'cut' | 'stalled' | 'left_by_caller' | 'rejected';

/** One row of the server's own bill. */
export interface BillRow {
  readonly callId: string | null;
  readonly wire: Wire;
  readonly model: string;
  readonly stream: boolean;
  readonly outcome: BilledOutcome;
  readonly status: number;
  readonly usage: ServerUsage;
  /** Null for a model without a price: the row then costs nothing and says so. */
  readonly price: RigPrice | null;
  readonly costMicroUsd: number;
  /** Whether the caller was told the usage that is billed. */
  readonly usageTold: boolean;
}

/** The server's bill: written by the server alone, from what it generated, never from what a caller says. */
export interface Bill {
  readonly rows: readonly BillRow[];
  totalMicroUsd(): number;
  /** The rows of one call, an attempt each. */
  ofCall(callId: string): readonly BillRow[];
  clear(): void;
}

/** The bill together with the one way to write it. */
export interface WritableBill extends Bill {
  add(row: Omit<BillRow, 'price' | 'costMicroUsd'>): void;
}

/** Builds a bill that prices by `prices`. */
export function createBill(prices: ReadonlyMap<string, RigPrice>): WritableBill {
  const rows: BillRow[] = [];
  return {
    rows,
    add: (row) => {
      const price = prices.get(row.model) ?? null;
      rows.push({ ...row, price, costMicroUsd: price === null ? 0 : priceUsage(row.usage, price) });
    },
    totalMicroUsd: () => rows.reduce((sum, row) => sum + row.costMicroUsd, 0),
    ofCall: (callId) => rows.filter((row) => row.callId === callId),
    clear: () => {
      rows.length = 0;
    },
  };
}

function priceUsage(usage: ServerUsage, price: RigPrice): number {
  const fresh = usage.input - usage.cached - usage.cacheWrite;
  const pico =
    BigInt(fresh) * BigInt(price.input) +
    BigInt(usage.cached) * BigInt(price.cachedInput) +
    BigInt(usage.cacheWrite) * BigInt(price.cacheWrite) +
    BigInt(usage.output) * BigInt(price.output);
  return Number((pico + 999_999n) / 1_000_000n);
}
