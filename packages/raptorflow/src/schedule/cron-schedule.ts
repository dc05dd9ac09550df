import type { CronPattern } from './cron-pattern.ts';
import type { ClockChange, Zone } from './zone.ts';

const hourMs = 3_600_000;

/**
 * The first moment later than `afterMs` at which a pattern is due on the walls of a zone, or null.
 *
 * - A time that the zone's clock skips is due once, at the first moment after the gap; several such times are due there together, once.
 * - A time that comes twice is due once, the first time.
 * - A pattern with every hour goes by real time: it is due whenever the wall shows it, in the repeated hour too, and not for an hour that does not
 *   come. Of an hour that is skipped only in part (Lord Howe sets its clock by half an hour) a skipped time is due at the end of the gap.
 */
export function nextOfCron(pattern: CronPattern, zone: Zone, afterMs: number): number | null {
  let offset = zone.offsetAt(afterMs);
  let from = afterMs;
  let wall = from + offset;
  const latest = pattern.isEveryHour ? undefined : zone.latestChange(afterMs);
  if (latest) wall = Math.max(wall, endOfRepeated(latest) - 1);
  for (;;) {
    const due = pattern.nextWall(wall);
    // Further than the clock of a zone is ever set, so that a pattern whose last time falls into a gap is not given up early.
    const until = due === null ? from + 24 * hourMs : due - offset;
    const change = zone.nextChange(from, until);
    if (change === undefined) return due === null ? null : due - offset;
    if (isSkipped(pattern, change)) return change.at;
    from = change.at;
    offset = change.after;
    wall = from + offset - 1;
    if (!pattern.isEveryHour) wall = Math.max(wall, endOfRepeated(change) - 1);
  }
}

/** Whether the gap of a change holds a time that is made up for at its end. */
function isSkipped(pattern: CronPattern, { at, before, after }: ClockChange): boolean {
  const end = at + after;
  let start = at + before;
  if (pattern.isEveryHour) start = Math.max(start, Math.floor(end / hourMs) * hourMs);
  if (start >= end) return false;
  const due = pattern.nextWall(start - 1);
  return due !== null && due < end;
}

/** Up to which wall time the walls have shown everything before the change; what is later is new. */
function endOfRepeated({ at, before, after }: ClockChange): number {
  return at + Math.max(before, after);
}
