import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { monthOf } from './period.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString();

describe('monthOf', () => {
  test('is the calendar month of the zone, from its first to its last millisecond', () => {
    const utc = monthOf(at('2028-02-29T23:59:59.999Z'), 'UTC');
    expect(utc.label).toBe('2028-02');
    expect(iso(utc.startMs)).toBe('2028-02-01T00:00:00.000Z');
    expect(iso(utc.endMs)).toBe('2028-03-01T00:00:00.000Z');
  });

  test('turns over at local midnight, fourteen hours before and twelve after UTC', () => {
    const moment = at('2026-10-31T12:00:00Z');
    expect(monthOf(moment, 'Pacific/Kiritimati').label).toBe('2026-11');
    expect(monthOf(moment - 2 * 3_600_000 - 1, 'Pacific/Kiritimati').label).toBe('2026-10');
    expect(monthOf(at('2026-11-01T11:59:59.999Z'), 'Etc/GMT+12').label).toBe('2026-10');
    expect(monthOf(at('2026-11-01T12:00:00Z'), 'Etc/GMT+12').label).toBe('2026-11');
  });

  test('begins where the clock says midnight first, though daylight saving repeats it', () => {
    // Havana sets its clocks back from 01:00 to 00:00 on 1 November 2026: that midnight happens twice.
    const november = monthOf(at('2026-11-15T00:00:00Z'), 'America/Havana');
    expect(iso(november.startMs)).toBe('2026-11-01T04:00:00.000Z');
    expect(iso(november.endMs)).toBe('2026-12-01T05:00:00.000Z');
  });

  test('that has begun goes on, though clocks are set back over its first midnight', () => {
    // St. John’s set its clocks back from 00:01 on 1 November 2009 to 23:01 on 31 October.
    const begun = at('2009-11-01T02:30:00Z');
    const october = monthOf(begun - 1, 'America/St_Johns');
    expect([october.label, october.endMs]).toEqual(['2009-10', begun]);
    for (const minutes of [0, 1, 45, 60, 61]) {
      const november = monthOf(begun + minutes * 60_000, 'America/St_Johns');
      expect([november.label, november.startMs]).toEqual(['2009-11', begun]);
    }
  });

  test('begins when its first midnight is skipped', () => {
    // Asunción went from 00:00 to 01:00 on 1 October 2017.
    const october = monthOf(at('2017-10-15T00:00:00Z'), 'America/Asuncion');
    expect([october.label, iso(october.startMs)]).toEqual(['2017-10', '2017-10-01T04:00:00.000Z']);
  });

  test('puts every moment into exactly one month, and the months end to end', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kathmandu',
      'Pacific/Apia',
      'Australia/Lord_Howe',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: at('2024-01-01'), max: at('2034-01-01') }),
        (zone, ms) => {
          const period = monthOf(ms, zone);
          expect(period.startMs).toBeLessThanOrEqual(ms);
          expect(period.endMs).toBeGreaterThan(ms);
          expect(monthOf(period.endMs - 1, zone)).toEqual(period);
          expect(monthOf(period.endMs, zone).startMs).toBe(period.endMs);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('refuses a zone that nobody knows', () => {
    expect(() => monthOf(0, 'Mars/Olympus')).toThrow(/IANA time zone/);
  });
});
