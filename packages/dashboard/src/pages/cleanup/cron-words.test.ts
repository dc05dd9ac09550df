import { describe, expect, it } from 'vitest';

import { cronWords } from './cron-words.ts';

describe('a cron pattern', () => {
  it.each([
    ['* * * * *', 'every minute'],
    ['*/15 * * * *', 'every 15 minutes'],
    ['0 * * * *', 'every hour'],
    ['@hourly', 'every hour'],
    ['20 * * * *', 'every hour at 20 past'],
    ['0 */6 * * *', 'every 6 hours'],
    ['30 2 * * *', 'every day at 02:30'],
    ['0 30 2 * * *', 'every day at 02:30'],
    ['0 8,20 * * *', 'every day at 08:00 and 20:00'],
    ['0 3 * * 0', 'every Sunday at 03:00'],
    ['0 3 * * 7', 'every Sunday at 03:00'],
    ['0 3 * * mon-FRI', 'every Monday to Friday at 03:00'],
    ['0 3 * * 1,4', 'every Monday and Thursday at 03:00'],
    ['*/10 9-17 * * 1-5', 'every 10 minutes from 09:00 to 17:59, every Monday to Friday'],
    ['0 0 1 * *', 'on day 1 of every month at 00:00'],
    ['0 0 1,15 * *', 'on days 1 and 15 of every month at 00:00'],
    ['0 4 L * *', 'on the last day of every month at 04:00'],
    ['0 0 1 JAN *', 'on day 1 of January at 00:00'],
    ['0 3 * 6-8 1', 'every Monday in June to August at 03:00'],
    ['0 3 * 12 *', 'every day in December at 03:00'],
    ['  0   2 * * *  ', 'every day at 02:00'],
  ])('%s is %s', (pattern, words) => {
    expect(cronWords(pattern)).toBe(words);
  });

  it.each([
    '',
    '0 2 * *',
    '99 * * * *',
    '0 24 * * *',
    '0 0 1 * 1',
    '0 0 * * FRI#2',
    '30 0 2 * * *',
    '0 0-23/5 * * *',
    '5-1 * * * *',
    '0,1,2,3,4 1 * * *',
    '0 0 1 13 *',
  ])('%j has no words', (pattern) => {
    expect(cronWords(pattern)).toBeNull();
  });
});
