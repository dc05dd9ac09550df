/** Money on the wire is a decimal string with six digits; on the page it is dollars. */

/** Reads a wire amount as micro-dollars; sums of these are exact below nine billion dollars. */
export function microsOf(amount: string): number {
  if (amount.startsWith('-')) return -microsOf(amount.slice(1));
  const [whole = '0', fraction = ''] = amount.split('.');
  return Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** Writes micro-dollars as the wire does. */
export function wireMoney(micros: number): string {
  const whole = Math.floor(micros / 1_000_000);
  return `${whole}.${String(micros % 1_000_000).padStart(6, '0')}`;
}

/** "$12.50", "$0.0034", "$0": enough digits that something spent never reads as nothing. */
export function formatMoney(amount: string): string {
  if (amount.startsWith('-')) return `−${formatMoney(amount.slice(1))}`;
  const micros = microsOf(amount);
  if (micros === 0) return '$0';
  if (micros < 10_000) return `$${(micros / 1_000_000).toFixed(6).replace(/0+$/u, '')}`;
  const digits = micros < 1_000_000 ? 4 : 2;
  return `$${(micros / 1_000_000).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: digits })}`;
}

/** Reads what a person typed ("12", "$12.50"); null when it is no amount. */
export function parseMoney(text: string): string | null {
  const match = /^\s*\$?\s*(\d{1,12})(?:\.(\d{1,6}))?\s*$/u.exec(text.replaceAll(',', ''));
  if (!match) return null;
  return `${Number(match[1])}.${(match[2] ?? '').padEnd(6, '0')}`;
}

/** The share of `part` in `whole`, between 0 and 1; 0 when the whole is nothing. */
export function shareOf(part: string, whole: string): number {
  const total = microsOf(whole);
  return total === 0 ? 0 : Math.min(1, microsOf(part) / total);
}
