/** Amounts that quotas count, in their units. */
import { formatBytes, formatMoney } from '../figures.ts';

/** What follows a limit: "100 a minute". */
export const periodText: Readonly<
  Record<'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'forever' | 'held', string>
> = {
  second: 'a second',
  minute: 'a minute',
  hour: 'an hour',
  day: 'a day',
  week: 'a week',
  month: 'a month',
  forever: 'for ever',
  held: 'at once',
};

/** Bytes of memory, money of what counts micro-dollars, and plain numbers of all else. */
export function amountText(type: string, amount: number): string {
  if (type === 'memory' || type.endsWith('bytes')) return formatBytes(amount);
  if (type.endsWith('micro_usd')) return formatMoney((amount / 1_000_000).toFixed(6));
  return String(amount);
}
