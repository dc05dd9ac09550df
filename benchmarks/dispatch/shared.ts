/** What the upstream bills, in pico-USD a token. */
export const upstreamPrice = {
  input: 1_000_000,
  cachedInput: 100_000,
  cacheWrite: 1_000_000,
  output: 5_000_000,
} as const;
