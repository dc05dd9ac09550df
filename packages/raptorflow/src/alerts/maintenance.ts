import { z } from 'zod';
import { isTimeZone } from '../schedule/index.ts';
import { matcherSchema, type Matcher } from './matcher.ts';
import { isLastOfMonth, WallClock, weekdayOf, type CalendarDay } from './wall-clock.ts';

/** Days of the week, as `Date.getUTCDay` counts them. */
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** A day of the week. */
export type Weekday = (typeof weekdays)[number];

/** The part of a recurring schedule that says when on the day it begins, and for how long it lasts. */
export interface TimeOfDay {
  /** On the walls of the time zone, `22:30`. */
  readonly start: string;
  /** Up to a week. */
  readonly durationMinutes: number;
  /** A name of the IANA database, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

/** When there is maintenance. */
export type MaintenanceSchedule =
  | { readonly kind: 'once'; /** Epoch milliseconds. */ readonly from: number; readonly to: number }
  | ({ readonly kind: 'weekly'; readonly days: readonly Weekday[] } & TimeOfDay)
  | ({
      readonly kind: 'monthly';
      /** 1 to 31, or the last one. */ readonly day: number | 'last';
    } & TimeOfDay);

/** Mutes the notifications of the alerts that it matches while its schedule says so. */
export interface MaintenanceWindow {
  readonly id: string;
  readonly name: string;
  /** Null for alerts of every workspace; otherwise those of this one only. */
  readonly workspaceId: string | null;
  /** All of them have to match; none match every alert. */
  readonly matchers: readonly Matcher[];
  readonly schedule: MaintenanceSchedule;
  readonly author: string;
  readonly comment: string;
}

const minutesOfADay = 1_440;
const minuteMs = 60_000;

const timeOfDay = {
  start: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM, 00:00 to 23:59'),
  durationMinutes: z
    .int()
    .min(1)
    .max(7 * minutesOfADay),
  timeZone: z.string().refine(isTimeZone, 'must be a time zone of the IANA database'),
};

const scheduleSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('once'), from: z.number(), to: z.number() })
    .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be after from' }),
  z.strictObject({ kind: z.literal('weekly'), days: z.array(z.enum(weekdays)).min(1), ...timeOfDay }),
  z.strictObject({
    kind: z.literal('monthly'),
    day: z.union([z.int().min(1).max(31), z.literal('last')]),
    ...timeOfDay,
  }),
]);

/** Checks everything of a maintenance window but its id. */
export const maintenanceSchema: z.ZodType<Omit<MaintenanceWindow, 'id'>> = z.strictObject({
  name: z.string().min(1).max(200),
  workspaceId: z.string().min(1).max(200).nullable(),
  matchers: z.array(matcherSchema).max(20),
  schedule: scheduleSchema,
  author: z.string().min(1).max(200),
  comment: z.string().max(1_000),
});

/** Answers for one schedule whether there is maintenance at a moment. */
export type MaintenanceTimes = (at: number) => boolean;

/** Makes a schedule answerable. */
export function timesOf(schedule: MaintenanceSchedule): MaintenanceTimes {
  if (schedule.kind === 'once') return (at) => schedule.from <= at && at < schedule.to;
  const { start, durationMinutes, timeZone } = schedule;
  const wall = new WallClock(timeZone);
  const startMinutes = Number(start.slice(0, 2)) * 60 + Number(start.slice(3));
  const isDay = dayTest(schedule);
  // One more day than it lasts, because it may begin late on a day.
  const daysBack = Math.ceil(durationMinutes / minutesOfADay) + 1;
  return (at) => {
    for (let before = 0; before <= daysBack; before += 1) {
      const day = wall.dayAt(at, before);
      if (!isDay(day)) continue;
      const from = wall.epochOf(day, startMinutes);
      if (from <= at && at < from + durationMinutes * minuteMs) return true;
    }
    return false;
  };
}

function dayTest(schedule: Exclude<MaintenanceSchedule, { kind: 'once' }>): (day: CalendarDay) => boolean {
  if (schedule.kind === 'weekly') {
    const days = new Set(schedule.days.map((day) => weekdays.indexOf(day)));
    return (day) => days.has(weekdayOf(day));
  }
  const wanted = schedule.day;
  return wanted === 'last' ? isLastOfMonth : ({ day }) => day === wanted;
}
