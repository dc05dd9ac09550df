import { RaptorFlowError } from 'raptorflow/kernel';

/** A calendar month in a time zone, as a half-open span of time. */
export interface Period {
  /** `2026-11`: the month as the zone's people call it. */
  readonly label: string;
  readonly startMs: number;
  /** The first millisecond of the next month. */
  readonly endMs: number;
}

/** The calendar month of `atMs` in an IANA time zone. Throws `invalid_input` for a zone nobody knows. */
export function monthOf(atMs: number, timeZone: string): Period {
  const format = localFormat(timeZone);
  const { year, month } = localParts(format, atMs);
  return {
    label: `${year}-${String(month).padStart(2, '0')}`,
    startMs: startOfMonth(format, year, month),
    endMs: month === 12 ? startOfMonth(format, year + 1, 1) : startOfMonth(format, year, month + 1),
  };
}

/** The day of `atMs` in an IANA time zone, as `2026-11-20`. Throws `invalid_input` for a zone nobody knows. */
export function dayOf(atMs: number, timeZone: string): string {
  const second = Math.floor(atMs / 1_000);
  const last = lastDays.get(timeZone);
  if (last?.second === second) return last.day;
  const day = new Date(localParts(localFormat(timeZone), atMs).asUtcMs).toISOString().slice(0, 10);
  lastDays.set(timeZone, { second, day });
  return day;
}

// Days begin with a whole second everywhere, and what is booked together is booked in the same one.
const lastDays = new Map<string, { readonly second: number; readonly day: string }>();

interface LocalParts {
  readonly year: number;
  readonly month: number;
  /** The local time written as if it were UTC. */
  readonly asUtcMs: number;
}

// Making a format costs a thousand times what using one does.
const formats = new Map<string, Intl.DateTimeFormat>();

function localFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = makeFormat(timeZone);
  // Only names that exist get here, and there are a few hundred of them.
  formats.set(timeZone, made);
  return made;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    throw new RaptorFlowError(
      'invalid_input',
      `"${timeZone}" is no IANA time zone. Use one like Europe/Berlin.`,
      {
        cause: error,
      },
    );
  }
}

function localParts(format: Intl.DateTimeFormat, atMs: number): LocalParts {
  const found: Record<string, number> = {};
  for (const part of format.formatToParts(atMs)) found[part.type] = Number(part.value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = found;
  const milliseconds = ((atMs % 1_000) + 1_000) % 1_000;
  return { year, month, asUtcMs: Date.UTC(year, month - 1, day, hour, minute, second, milliseconds) };
}

/**
 * The instant at which a local month begins. Where the clock skips that midnight, it is the first instant after it;
 * where it happens twice, the first of the two.
 */
function startOfMonth(format: Intl.DateTimeFormat, year: number, month: number): number {
  const target = Date.UTC(year, month - 1, 1);
  // No zone is more than a day off, and local time reaches the target once within this span.
  let before = target - 26 * 3_600_000;
  let after = target + 26 * 3_600_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localParts(format, middle).asUtcMs >= target) after = middle;
    else before = middle;
  }
  return after;
}
