const kibi = 1_024;
const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const microOfADollar = 1_000_000;

/** An amount for people: bytes in the unit that fits, money in dollars, everything else with its unit. */
export function amountIn(unit: string, value: number): string {
  if (unit === 'micro_usd') return dollars(value / microOfADollar);
  if (unit !== 'bytes') return `${Number(value.toPrecision(3))} ${unit}`;
  let scaled = value;
  let place = 0;
  while (Math.abs(scaled) >= kibi && place < byteUnits.length - 1) {
    scaled /= kibi;
    place += 1;
  }
  return `${Number(scaled.toPrecision(3))} ${byteUnits[place] ?? 'B'}`;
}

// What is less than a cent has three significant digits, because it may be so for each call.
function dollars(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 0.01 || size === 0 ? 2 : Math.min(12, 2 - Math.floor(Math.log10(size)));
  return `$${value.toFixed(digits)}`;
}

/** The next number of two significant digits, at least 1: a limit that people can read. */
export function roundedUp(value: number): number {
  if (!(value > 1)) return 1;
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / digit - 1e-9) * digit;
}
