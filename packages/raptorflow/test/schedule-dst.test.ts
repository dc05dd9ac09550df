import { proofSize } from '@raptorflow/rig';
import { seededRandom } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { createSchedule, createScheduleTimer } from 'raptorflow/schedule';
import { expect, test } from 'vitest';

/*
 * Cron against an oracle that knows nothing of how it works: it walks through every minute around each change of a zone's clock, notes what the wall
 * shows, and derives from that alone when each pattern is due.
 */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const from = Date.UTC(2025, 0, 1);
const until = Date.UTC(2031, 0, 1);
const aroundMs = 36 * hourMs;

/** Zones whose clocks do what others' do not: gaps at midnight, half an hour, two changes around Ramadan, before midnight. */
const peculiar = [
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Asuncion',
  'America/Havana',
  'America/Nuuk',
  'America/Santiago',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Europe/Dublin',
  'Pacific/Chatham',
];

interface WallField {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
}

interface Pattern {
  readonly cron: string;
  readonly isEveryHour: boolean;
  readonly fits: (wall: WallField) => boolean;
}

/** Wall time of a minute as milliseconds of UTC, by the offset that the machine prints; another way than the product's. */
class PrintedZone {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  }

  wallAt(at: number): number {
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?$/u.exec(this.#format.format(at)) ?? [];
    if (sign === undefined) return at;
    return at + (sign === '-' ? -1 : 1) * (Number(hours) * hourMs + Number(minutes) * minuteMs);
  }

  /** The first minutes with another offset than the minute before. */
  changes(): number[] {
    const found: number[] = [];
    for (let day = from; day < until; day += dayMs) {
      if (this.wallAt(day) - day === this.wallAt(day + dayMs) - day - dayMs) continue;
      for (let at = day; at < day + dayMs; at += minuteMs) {
        if (this.wallAt(at) + minuteMs !== this.wallAt(at + minuteMs)) found.push(at + minuteMs);
      }
    }
    return found;
  }
}

function fieldsOf(wall: number): WallField {
  const date = new Date(wall);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
  };
}

/** Every minute of the calendar around a change, whether a wall shows it or not. */
interface Minute {
  readonly fields: WallField;
  /** When the walls show it; empty when it is skipped. */
  readonly shownAt: readonly number[];
  /** For what is skipped: the first moment after it, and whether that has the same hour. */
  readonly after?: { readonly at: number; readonly isSameHour: boolean } | undefined;
}

interface Window {
  readonly begin: number;
  readonly end: number;
  readonly minutes: readonly Minute[];
}

function watch(zone: PrintedZone, change: number): Window {
  const begin = change - aroundMs;
  const end = change + aroundMs;
  const shown = new Map<number, number[]>();
  for (let at = begin; at <= end; at += minuteMs) {
    const wall = zone.wallAt(at);
    shown.set(wall, [...(shown.get(wall) ?? []), at]);
  }
  const walls = [...shown.keys()].sort((a, b) => a - b);
  const minutes: Minute[] = [];
  for (let wall = walls[0] ?? 0; wall <= (walls.at(-1) ?? 0); wall += minuteMs) {
    const shownAt = shown.get(wall) ?? [];
    const later = shownAt.length > 0 ? undefined : walls.find((other) => other > wall);
    const after =
      later === undefined
        ? undefined
        : {
            at: shown.get(later)?.[0] ?? 0,
            isSameHour: Math.floor(later / hourMs) === Math.floor(wall / hourMs),
          };
    minutes.push({ fields: fieldsOf(wall), shownAt, after });
  }
  return { begin, end, minutes };
}

/** When a pattern is due in (begin, end], by the policy's words. */
function dueBy(pattern: Pattern, { begin, end, minutes }: Window): number[] {
  const due = new Set<number>();
  for (const { fields, shownAt, after } of minutes) {
    if (!pattern.fits(fields)) continue;
    for (const at of pattern.isEveryHour ? shownAt : shownAt.slice(0, 1)) due.add(at);
    if (after && (!pattern.isEveryHour || after.isSameHour)) due.add(after.at);
  }
  return [...due].filter((at) => at > begin && at <= end).sort((a, b) => a - b);
}

/** Patterns that have times in the gap or the repeated part of a change, and some that have not. */
function patternsAround(zone: PrintedZone, change: number): Pattern[] {
  const patterns: Pattern[] = [
    { cron: '*/15 * * * *', isEveryHour: true, fits: ({ minute }) => minute % 15 === 0 },
    { cron: '0 0 * * *', isEveryHour: false, fits: ({ hour, minute }) => hour === 0 && minute === 0 },
    { cron: '0 */6 * * *', isEveryHour: false, fits: ({ hour, minute }) => hour % 6 === 0 && minute === 0 },
    { cron: '30 */2 * * *', isEveryHour: false, fits: ({ hour, minute }) => hour % 2 === 0 && minute === 30 },
    {
      cron: '*/20 0-3 * * *',
      isEveryHour: false,
      fits: ({ hour, minute }) => hour <= 3 && minute % 20 === 0,
    },
  ];
  for (const past of [0, 15, 45]) {
    patterns.push({ cron: `${past} * * * *`, isEveryHour: true, fits: ({ minute }) => minute === past });
  }
  const wallBefore = zone.wallAt(change - minuteMs) + minuteMs;
  for (let ahead = -75; ahead <= 75; ahead += 15) {
    const { minute, hour, day, month, weekday } = fieldsOf(wallBefore + ahead * minuteMs);
    const isTime = (wall: WallField): boolean => wall.minute === minute && wall.hour === hour;
    const time = `${minute} ${hour}`;
    patterns.push(
      { cron: `${time} * * *`, isEveryHour: false, fits: isTime },
      {
        cron: `${time} * * ${weekday}`,
        isEveryHour: false,
        fits: (wall) => isTime(wall) && wall.weekday === weekday,
      },
      { cron: `${time} ${day} * *`, isEveryHour: false, fits: (wall) => isTime(wall) && wall.day === day },
      {
        cron: `0 ${time} ${day} ${month} *`,
        isEveryHour: false,
        fits: (wall) => isTime(wall) && wall.day === day && wall.month === month,
      },
    );
  }
  return patterns;
}

/** Some zones that set their clocks, always the same; all zones that there are when so many are asked for. */
function chooseZones(count: number): string[] {
  const others = Intl.supportedValuesOf('timeZone').filter((zone) => !peculiar.includes(zone));
  if (count >= others.length) return [...peculiar, ...others];
  const random = seededRandom(2030);
  const chosen = new Set(peculiar);
  while (chosen.size < count) {
    const zone = others[Math.floor(random.next() * others.length)] ?? 'UTC';
    if (new PrintedZone(zone).changes().length > 0) chosen.add(zone);
  }
  return [...chosen];
}

test('cron is due when an oracle says so around every change of a clock from 2025 to 2030: none missed, none doubled', async () => {
  const size = proofSize('CRON_ZONES', 16);
  const zones = chooseZones(size);
  // The gate looks at every third change of its few zones, forward and back by turns.
  const isLooked = (_: number, index: number): boolean => size > 16 || index % 3 === 0;
  const wrong: string[] = [];
  let changes = 0;
  let moments = 0;
  for (const timeZone of zones) {
    const zone = new PrintedZone(timeZone);
    for (const change of zone.changes().filter(isLooked)) {
      changes += 1;
      const window = watch(zone, change);
      for (const pattern of patternsAround(zone, change)) {
        const due = dueBy(pattern, window);
        const schedule = await createSchedule({ kind: 'cron', pattern: pattern.cron, timeZone });
        const found: number[] = [];
        for (let at = schedule.next(window.begin); at !== null && at <= window.end; at = schedule.next(at))
          found.push(at);
        moments += due.length;
        if (found.join() === due.join()) continue;
        const missed = due.filter((at) => !found.includes(at)).map((at) => new Date(at).toISOString());
        const surplus = found.filter((at) => !due.includes(at)).map((at) => new Date(at).toISOString());
        wrong.push(`${timeZone} "${pattern.cron}": missed ${missed.join(' ')}; surplus ${surplus.join(' ')}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(changes).toBeGreaterThan(zones.length * 2);
  console.info(`${zones.length} zones, ${changes} changes of their clocks, ${moments} moments.`);
}, 1_200_000);

test('a question from any moment around a change has the same answer as the walk', async () => {
  const wrong: string[] = [];
  for (const timeZone of peculiar) {
    const zone = new PrintedZone(timeZone);
    const change = zone.changes()[0];
    if (change === undefined) continue;
    const window = watch(zone, change);
    for (const pattern of patternsAround(zone, change)) {
      const due = dueBy(pattern, window);
      const schedule = await createSchedule({ kind: 'cron', pattern: pattern.cron, timeZone });
      for (let at = change - 3 * hourMs; at < change + 3 * hourMs; at += 17 * minuteMs + 1) {
        const next = due.find((moment) => moment > at);
        if (next !== undefined && schedule.next(at) !== next) wrong.push(`${timeZone} ${pattern.cron} ${at}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test.for([
  ['Australia/Lord_Howe', '15 2 * * *'],
  ['Africa/Cairo', '0 0 * * *'],
  ['Asia/Beirut', '30 0 * * *'],
  ['America/Santiago', '*/15 * * * *'],
  ['Europe/Berlin', '30 2 * * *'],
] as const)('a timer in %s tells "%s" as often as it is due through a year', async ([timeZone, cron]) => {
  const begin = Date.UTC(2026, 2, 1);
  const end = Date.UTC(2026, 10, 20);
  const schedule = await createSchedule({ kind: 'cron', pattern: cron, timeZone });
  const due: number[] = [];
  for (let at = schedule.next(begin); at !== null && at <= end; at = schedule.next(at)) due.push(at);
  const clock = createFakeClock(begin);
  const told: number[] = [];
  const timer = createScheduleTimer(
    schedule,
    { lookEveryMs: dayMs },
    { clock, run: ({ at, isLate }) => void told.push(isLate || clock.now() !== at ? -1 : at) },
  );
  await timer.start();
  await clock.advance(end - begin);
  await timer.stop();
  expect(told).toEqual(due);
  expect(clock.pending).toBe(0);
});
