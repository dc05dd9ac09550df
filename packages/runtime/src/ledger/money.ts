/** Micro-USD as people and the wire see it: `"0.012345"`. */
export function formatUsd(microUsd: number): string {
  const sign = microUsd < 0 ? '-' : '';
  const absolute = Math.abs(microUsd);
  const dollars = Math.floor(absolute / 1_000_000);
  return `${sign}${dollars}.${String(absolute % 1_000_000).padStart(6, '0')}`;
}

/** Reads `"10"`, `"0.5"` or `10` dollars as micro-USD. Undefined when it is no amount of at most six decimals. */
export function parseUsd(usd: string | number): number | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(String(usd));
  if (match === null) return undefined;
  return Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0'));
}
