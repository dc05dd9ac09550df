import { z } from 'zod';
import { formatDuration, parseOptions, RaptorFlowError } from '../kernel/index.ts';
import { readCronPattern } from './cron-pattern.ts';
import { nextOfCron } from './cron-schedule.ts';
import { describeCron } from './describe-cron.ts';
import { Zone } from './zone.ts';

/** Times at which something is due, as data. */
export type ScheduleDraft =
  | {
      readonly kind: 'cron';
      /** Five fields, or six with seconds first; names of months and days, `L`, `W`, `#`, `@hourly` and its like. */
      readonly pattern: string;
      /** An IANA name. Default `UTC`. */
      readonly timeZone?: string | undefined;
    }
  | {
      readonly kind: 'interval';
      /** Milliseconds, a whole number from 1 on. */
      readonly everyMs: number;
      /** One of the moments, epoch milliseconds. Default 0, so that all processes mean the same moments. */
      readonly anchorMs?: number | undefined;
    }
  | {
      readonly kind: 'once';
      /** Epoch milliseconds, or RFC 3339 with an offset. */
      readonly at: number | string;
    };

/** When something is due. It holds no timer and no clock, and answers the same for the same question. */
export interface Schedule {
  /** The first moment later than the given one, epoch milliseconds; null when there is none. */
  next(afterMs: number): number | null;
  /** For people: `every day at 02:00 (Europe/Berlin)`. */
  describe(): string;
}

/** A century; what is longer is a mistake. */
const everyMsMax = 100 * 366 * 86_400_000;

/** Checks what a schedule may be written as. Whether a pattern and its zone can be read is known only to `createSchedule`. */
export const scheduleDraftSchema: z.ZodType<ScheduleDraft> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('cron'),
    pattern: z.string().min(1).max(200),
    timeZone: z.string().min(1).max(60).optional(),
  }),
  z.strictObject({
    kind: z.literal('interval'),
    everyMs: z.int().min(1).max(everyMsMax),
    anchorMs: z.int().min(0).max(8.64e15).optional(),
  }),
  z.strictObject({
    kind: z.literal('once'),
    at: z.union([
      z.number().min(0).max(8.64e15),
      z.iso.datetime({ offset: true, error: 'must be RFC 3339 with an offset' }),
    ]),
  }),
]);

/**
 * Makes a schedule. What the clock of a zone does to a cron pattern: a fixed time that is skipped is due once, at the first moment after the gap; one
 * that comes twice is due once, the first time; a pattern with every hour (`*` or all of them) goes by real time.
 * Rejects with `invalid_options`, `invalid_input` for a pattern or a zone that cannot be read, and `missing_dependency` when a pattern needs the
 * package croner and it is not installed.
 */
export async function createSchedule(draft: ScheduleDraft): Promise<Schedule> {
  const checked = parseOptions('createSchedule', scheduleDraftSchema, draft);
  if (checked.kind === 'interval') return intervalOf(checked.everyMs, checked.anchorMs ?? 0);
  if (checked.kind === 'once') return onceAt(checked.at);
  const pattern = await readCronPattern(checked.pattern);
  const zone = new Zone(checked.timeZone ?? 'UTC');
  return Object.freeze({
    next: (afterMs: number) => nextOfCron(pattern, zone, within(afterMs)),
    describe: () => `${describeCron(pattern.fields)} (${zone.name})`,
  });
}

function intervalOf(everyMs: number, anchorMs: number): Schedule {
  const next = (afterMs: number): number =>
    anchorMs + (Math.floor((within(afterMs) - anchorMs) / everyMs) + 1) * everyMs;
  return Object.freeze({ next, describe: () => `every ${formatDuration(everyMs)}` });
}

function onceAt(given: number | string): Schedule {
  const at = typeof given === 'number' ? given : Date.parse(given);
  return Object.freeze({
    next: (afterMs: number) => (within(afterMs) < at ? at : null),
    describe: () => `once at ${new Date(at).toISOString()}`,
  });
}

/** Beyond these years neither dates nor zones mean anything. */
function within(afterMs: number): number {
  if (afterMs >= 0 && afterMs <= 8.64e15) return afterMs;
  throw new RaptorFlowError(
    'invalid_input',
    `A schedule is asked about a moment after 1970 in epoch milliseconds, not about ${String(afterMs)}.`,
  );
}
