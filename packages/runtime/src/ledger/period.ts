import { Zone } from 'raptorflow/schedule';

/** A calendar month in a time zone, as a half-open span of time. */
export interface Period {
  /** `2026-11`: the month as the zone's people call it. */
  readonly label: string;
  readonly startMs: number;
  /** The first millisecond of the next month. */
  readonly endMs: number;
}

/**
 * The calendar month of `atMs` in an IANA time zone. It begins when its first midnight is on the wall for the first time; where the clock skips that
 * midnight, at the moment in which it does. Throws `invalid_input` for a zone nobody knows.
 */
export function monthOf(atMs: number, timeZone: string): Period {
  const zone = zoneOf(timeZone);
  const wall = new Date(zone.wallAt(atMs));
  const year = wall.getUTCFullYear();
  const beginningOf = (month: number): number => zone.epochOf(Date.UTC(year, month, 1));
  let month = wall.getUTCMonth();
  // The wall may show the month before once more when clocks are set back over midnight: beginnings decide.
  if (beginningOf(month + 1) <= atMs) month += 1;
  return {
    label: new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 7),
    startMs: beginningOf(month),
    endMs: beginningOf(month + 1),
  };
}

/** The day of `atMs` in an IANA time zone, as `2026-11-20`. Throws `invalid_input` for a zone nobody knows. */
export function dayOf(atMs: number, timeZone: string): string {
  const second = Math.floor(atMs / 1_000);
  const last = lastDays.get(timeZone);
  if (last?.second === second) return last.day;
  const day = new Date(zoneOf(timeZone).wallAt(atMs)).toISOString().slice(0, 10);
  lastDays.set(timeZone, { second, day });
  return day;
}

// Days begin with a whole second everywhere, and what is booked together is booked in the same one.
const lastDays = new Map<string, { readonly second: number; readonly day: string }>();

// Making a zone costs a thousand times what using one does.
const zones = new Map<string, Zone>();

function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const made = new Zone(name);
  // Only names that exist get here, and there are a few hundred of them.
  zones.set(name, made);
  return made;
}
