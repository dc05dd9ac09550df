import { expect, test } from 'vitest';
import { createSchedule, type ScheduleDraft } from './index.ts';

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

async function due(draft: ScheduleDraft, after: string, count: number): Promise<(string | null)[]> {
  const schedule = await createSchedule(draft);
  const moments: (string | null)[] = [];
  let at: number | null = Date.parse(after);
  for (let taken = 0; taken < count && at !== null; taken += 1) {
    at = schedule.next(at);
    moments.push(iso(at));
  }
  return moments;
}

const cron = (pattern: string, timeZone?: string): ScheduleDraft => ({ kind: 'cron', pattern, timeZone });

test.for([
  ['0 2 * * *', ['2026-01-01T02:00:00.000Z', '2026-01-02T02:00:00.000Z']],
  ['*/30 * * * *', ['2026-01-01T00:30:00.000Z', '2026-01-01T01:00:00.000Z']],
  ['15 */10 * * * *', ['2026-01-01T00:00:15.000Z', '2026-01-01T00:10:15.000Z']],
  ['@hourly', ['2026-01-01T01:00:00.000Z', '2026-01-01T02:00:00.000Z']],
  ['@Weekly', ['2026-01-04T00:00:00.000Z', '2026-01-11T00:00:00.000Z']],
  ['0 9 * JAN mon-wed', ['2026-01-05T09:00:00.000Z', '2026-01-06T09:00:00.000Z']],
  ['0 0 L * *', ['2026-01-31T00:00:00.000Z', '2026-02-28T00:00:00.000Z']],
  ['0 0 * * FRI#2', ['2026-01-09T00:00:00.000Z', '2026-02-13T00:00:00.000Z']],
  ['0 0 * * 5L', ['2026-01-30T00:00:00.000Z', '2026-02-27T00:00:00.000Z']],
  ['0 0 13 * FRI', ['2026-01-02T00:00:00.000Z', '2026-01-09T00:00:00.000Z']],
  ['0 0 29 2 *', ['2028-02-29T00:00:00.000Z', '2032-02-29T00:00:00.000Z']],
] as const)('"%s" is due as people write cron', async ([pattern, moments]) => {
  expect(await due(cron(pattern), '2026-01-01T00:00:00Z', 2)).toEqual(moments);
});

test('a pattern means the walls of its zone, and UTC without one', async () => {
  expect(await due(cron('0 2 * * *', 'Asia/Kolkata'), '2026-01-01T00:00:00Z', 1)).toEqual([
    '2026-01-01T20:30:00.000Z',
  ]);
});

test('a fixed time that the clock skips is due once, at the first moment after the gap', async () => {
  expect(await due(cron('30 2 * * *', 'Europe/Berlin'), '2026-03-28T12:00:00Z', 2)).toEqual([
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
  expect(await due(cron('*/10 2 * * *', 'Europe/Berlin'), '2026-03-29T00:59:59Z', 2)).toEqual([
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:00:00.000Z',
  ]);
  expect(await due(cron('0 0 * * *', 'Africa/Cairo'), '2026-04-23T12:00:00Z', 2)).toEqual([
    '2026-04-23T22:00:00.000Z',
    '2026-04-24T21:00:00.000Z',
  ]);
});

test('a fixed time that comes twice is due once, the first time', async () => {
  expect(await due(cron('30 2 * * *', 'Europe/Berlin'), '2026-10-24T12:00:00Z', 2)).toEqual([
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
  const schedule = await createSchedule(cron('30 2 * * *', 'Europe/Berlin'));
  expect(iso(schedule.next(Date.parse('2026-10-25T01:10:00Z')))).toBe('2026-10-26T01:30:00.000Z');
});

test('a pattern with every hour goes by real time', async () => {
  expect(await due(cron('30 * * * *', 'Europe/Berlin'), '2026-03-29T00:00:00Z', 3)).toEqual([
    '2026-03-29T00:30:00.000Z',
    '2026-03-29T01:30:00.000Z',
    '2026-03-29T02:30:00.000Z',
  ]);
  expect(await due(cron('30 * * * *', 'Europe/Berlin'), '2026-10-25T00:00:00Z', 3)).toEqual([
    '2026-10-25T00:30:00.000Z',
    '2026-10-25T01:30:00.000Z',
    '2026-10-25T02:30:00.000Z',
  ]);
  expect(await due(cron('15 * * * *', 'Australia/Lord_Howe'), '2026-10-03T15:00:00Z', 2)).toEqual([
    '2026-10-03T15:30:00.000Z',
    '2026-10-03T16:15:00.000Z',
  ]);
});

test('a day that a zone leaves out is made up for when the next one begins', async () => {
  expect(await due(cron('0 9 30 12 *', 'Pacific/Apia'), '2011-12-01T00:00:00Z', 2)).toEqual([
    '2011-12-30T10:00:00.000Z',
    '2012-12-29T19:00:00.000Z',
  ]);
});

test('an interval means the same moments to everybody who asks', async () => {
  expect(await due({ kind: 'interval', everyMs: 400_000 }, '2026-01-01T00:00:01Z', 2)).toEqual([
    '2026-01-01T00:06:40.000Z',
    '2026-01-01T00:13:20.000Z',
  ]);
  expect(await due({ kind: 'interval', everyMs: 60_000, anchorMs: 7 }, '2026-01-01T00:00:00Z', 1)).toEqual([
    '2026-01-01T00:00:00.007Z',
  ]);
});

test('a moment is due once', async () => {
  expect(await due({ kind: 'once', at: '2026-03-01T12:00:00+02:00' }, '2026-01-01T00:00:00Z', 2)).toEqual([
    '2026-03-01T10:00:00.000Z',
    null,
  ]);
});

test.for([
  [cron('0 2 * * *', 'Europe/Berlin'), 'every day at 02:00 (Europe/Berlin)'],
  [cron('@hourly'), 'every hour (UTC)'],
  [cron('7 */6 * * *'), 'every 6 hours at 7 past (UTC)'],
  [cron('*/15 * * * *'), 'every 15 minutes (UTC)'],
  [cron('30 8 * * 1'), 'every Monday at 08:30 (UTC)'],
  [cron('30 8 L * *'), 'on the last day of every month at 08:30 (UTC)'],
  [cron('0 9-17 * * MON-FRI'), 'cron "0 9-17 * * MON-FRI" (UTC)'],
  [{ kind: 'interval', everyMs: 5_400_000 }, 'every 1h 30m'],
  [{ kind: 'once', at: 0 }, 'once at 1970-01-01T00:00:00.000Z'],
] as const)('a schedule is described in words: %o', async ([draft, words]) => {
  expect((await createSchedule(draft)).describe()).toBe(words);
});

test.for([
  ['61 * * * *', 'invalid_input', /minute/],
  ['* * * *', 'invalid_input', /five fields/],
  ['* * * * * * *', 'invalid_input', /five fields/],
  ['0 0 30 2 *', 'invalid_input', /no day of any year/],
  ['@reboot', 'invalid_input', /five fields/],
  ['2026-01-01T00:00:00 * * * *', 'invalid_input', /five fields/],
] as const)('"%s" is refused with a word about what to write', async ([pattern, code, message]) => {
  const making = createSchedule(cron(pattern));
  await expect(making).rejects.toMatchObject({ code });
  await expect(making).rejects.toThrow(message);
});

test('a zone that nobody knows, a broken interval and a moment without an offset are refused', async () => {
  await expect(createSchedule(cron('@daily', 'Europe/Nowhere'))).rejects.toMatchObject({
    code: 'invalid_input',
  });
  await expect(createSchedule({ kind: 'interval', everyMs: 0 })).rejects.toMatchObject({
    code: 'invalid_options',
  });
  await expect(createSchedule({ kind: 'once', at: '2026-01-01T00:00:00' })).rejects.toMatchObject({
    code: 'invalid_options',
  });
  const daily = await createSchedule(cron('@daily'));
  expect(() => daily.next(Number.NaN)).toThrow(/epoch milliseconds/);
});
