/** Figures for people: sizes, durations, times, money. */
import { formatDuration } from 'raptorflow/kernel';

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in decimal units with at most one digit after the point: `1.4 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** An RFC 3339 time as the local date and time, to the second; a dash for nothing. */
export function formatTime(timestamp: string | null | undefined): string {
  if (timestamp === null || timestamp === undefined) return '–';
  const date = new Date(timestamp);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** How far an RFC 3339 time is from now: `in 5m`, `3h 20m ago`, `now` within half a second; a dash for nothing. */
export function formatDistance(timestamp: string | null, nowMs: number): string {
  if (timestamp === null) return '–';
  const distanceMs = Math.round((Date.parse(timestamp) - nowMs) / 1_000) * 1_000;
  if (distanceMs === 0) return 'now';
  return distanceMs > 0 ? `in ${formatDuration(distanceMs)}` : `${formatDuration(-distanceMs)} ago`;
}

/** A decimal amount of US dollars: `$0.0123`, at least two digits after the point, no more than needed. */
export function formatMoney(amount: string): string {
  if (amount.startsWith('-')) return `-${formatMoney(amount.slice(1))}`;
  const [whole = '0', fraction = ''] = amount.split('.');
  return `$${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}
