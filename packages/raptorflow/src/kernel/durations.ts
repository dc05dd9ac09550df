import { RaptorFlowError } from './errors.ts';

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Milliseconds of `'1h30m'`, `'500ms'`, `'7d'` or of a number of milliseconds. Units: ms, s, m, h, d (24 h), w (7 d).
 * Throws `invalid_input` for anything else, for negatives and for what is not finite.
 */
export function parseDuration(value: string | number): number {
  if (typeof value === 'number') {
    if (Number.isFinite(value) && value >= 0) return value;
    throw refuse(String(value));
  }
  const parts = [...value.trim().matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*/gy)];
  const consumed = parts.reduce((length, part) => length + part[0].length, 0);
  if (parts.length === 0 || consumed !== value.trim().length) throw refuse(value);
  return parts.reduce((sum, part) => sum + Number(part[1]) * (unitMs[part[2] ?? ''] ?? 0), 0);
}

function refuse(value: string): RaptorFlowError {
  return new RaptorFlowError(
    'invalid_input',
    `"${value.slice(0, 40)}" is not a duration; write a number of milliseconds, or numbers with units such as "500ms", "30s" or "1h30m".`,
  );
}

/** A duration for people: at most two units, `1h 30m`, `2.5s`, `12ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000)
    return `${durationMs < 10 ? Number(durationMs.toFixed(1)) : Math.round(durationMs)}ms`;
  if (durationMs < 60_000) return `${Number((durationMs / 1_000).toFixed(1))}s`;
  const seconds = Math.round(durationMs / 1_000);
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  const shown: string[] = [];
  let rest = seconds;
  for (const [unit, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) shown.push(`${count}${unit}`);
  }
  return shown.join(' ');
}
