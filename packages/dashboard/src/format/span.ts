/** Spans of time as people type them. */

const seconds: Readonly<Record<string, number>> = { s: 1, min: 60, m: 60, h: 3_600, d: 86_400, w: 604_800 };
const part = /(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)?/gu;
const whole = /^\s*\d+(?:\.\d+)?\s*(?:(?:s|min|m|h|d|w)\s*(?:\d+(?:\.\d+)?\s*(?:s|min|m|h|d|w)\s*)*)?$/u;

/** Seconds of "90", "90 s", "5 min", "1 h 30 min", "2 d" or "1 w"; null when it is no span. */
export function parseSpan(text: string): number | null {
  if (!whole.test(text)) return null;
  const total = [...text.matchAll(part)].reduce(
    (sum, [, amount = '0', unit = 's']) => sum + Number(amount) * (seconds[unit] ?? 1),
    0,
  );
  return Number(total.toPrecision(12));
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** "1 h 30 min", "7 d": every second of it, as {@link parseSpan} reads it. */
export function spanText(total: number): string {
  let left = Math.max(0, Math.round(total));
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}
