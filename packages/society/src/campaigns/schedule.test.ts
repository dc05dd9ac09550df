import { array, assert, date, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { campaignPeriod, daysOf, dividePeriod, dueDay } from './schedule.ts';

describe('the calendar of a campaign', () => {
  it('runs from the start to the deadline, six weeks without one, and one day after a missed one', () => {
    expect(campaignPeriod('2026-11-21', '2027-03-31')).toEqual({
      startsOn: '2026-11-21',
      endsOn: '2027-03-31',
    });
    expect(daysOf(campaignPeriod('2026-11-21', null))).toBe(42);
    expect(campaignPeriod('2026-11-21', '2026-01-01')).toEqual({
      startsOn: '2026-11-21',
      endsOn: '2026-11-21',
    });
  });

  it('divides into parts that follow each other and end with the period', () => {
    assert(
      property(
        date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
        integer({ min: 0, max: 400 }),
        array(integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 }),
        (start, length, shares) => {
          const startsOn = start.toISOString().slice(0, 10);
          const endsOn = new Date(Date.parse(startsOn) + length * 86_400_000).toISOString().slice(0, 10);
          const parts = dividePeriod({ startsOn, endsOn }, shares);
          expect(parts).toHaveLength(shares.length);
          expect(parts[0]?.startsOn).toBe(startsOn);
          expect(parts.at(-1)?.endsOn).toBe(endsOn);
          for (const [index, part] of parts.entries()) {
            expect(part.startsOn <= part.endsOn).toBe(true);
            expect(part.startsOn >= (parts[index - 1]?.startsOn ?? '')).toBe(true);
            expect(dueDay(part, 0, 1)).toBe(part.endsOn);
            expect(dueDay(part, 0, 3) >= part.startsOn && dueDay(part, 2, 3) <= part.endsOn).toBe(true);
          }
        },
      ),
    );
  });
});
