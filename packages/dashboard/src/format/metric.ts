/** Values of metrics, in their units. */
import { formatBytes, formatCount } from './number.ts';
import { formatDuration } from './time.ts';

/** A writer for values of a unit: `ms`, `s`, `bytes`, `micro_usd`, `1` for shares, anything else is a count of it. */
export function metricFormat(unit: string): (value: number) => string {
  const perSecond = unit.endsWith('/s');
  const plain = formatOf(perSecond ? unit.slice(0, -2) : unit);
  return perSecond ? (value) => `${plain(value)}/s` : plain;
}

function formatOf(unit: string): (value: number) => string {
  if (unit === 'ms') return millis;
  if (unit === 's') return (value) => millis(value * 1_000);
  if (unit === 'bytes') return formatBytes;
  if (unit === 'micro_usd') return (value) => `$${shortNumber(value / 1_000_000)}`;
  return shortNumber;
}

// Below a second the digits say more than a rounded word would.
function millis(value: number): string {
  return Math.abs(value) < 1_000 ? `${shortNumber(value)} ms` : formatDuration(value);
}

/** "0", "0.042", "3.1", "1,204": as many digits as say something. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 100) return formatCount(Math.round(value));
  return String(Number(value.toPrecision(2)));
}

/** How series are told apart: the values of the tags in which they differ, or all of the only one. */
export function seriesLabels(
  series: readonly { readonly tags: Readonly<Record<string, string>> }[],
): string[] {
  const names = [...new Set(series.flatMap(({ tags }) => Object.keys(tags)))];
  const telling = names.filter((name) => new Set(series.map(({ tags }) => tags[name] ?? '')).size > 1);
  return series.map(({ tags }) => {
    const shown = (telling.length > 0 ? telling : names).flatMap((name) => tags[name] ?? []).filter(Boolean);
    return shown.length === 0 ? 'all' : shown.join(' · ');
  });
}
