const dayMs = 86_400_000;

/** An ISO day as epoch days. */
const toDays = (day: string): number => Math.floor(Date.parse(`${day}T00:00:00Z`) / dayMs);
const fromDays = (days: number): string => new Date(days * dayMs).toISOString().slice(0, 10);

/** A stretch of days, both ends included. */
export interface Period {
  readonly startsOn: string;
  readonly endsOn: string;
}

/** How many days a campaign runs when its brief names no end. */
const campaignDaysDefault = 42;

/** Days from start to end, both included; at least 1. */
export function daysOf(period: Period): number {
  return Math.max(1, toDays(period.endsOn) - toDays(period.startsOn) + 1);
}

/** The campaign's days: from the start to the deadline, or to the usual end. An end before the start leaves one day. */
export function campaignPeriod(startsOn: string, deadline: string | null): Period {
  const start = toDays(startsOn);
  const end = deadline === null ? start + campaignDaysDefault - 1 : Math.max(start, toDays(deadline));
  return { startsOn: fromDays(start), endsOn: fromDays(end) };
}

/** Cuts a period into parts in proportion to `shares`; every part has at least a day, and the last ends with the period. */
export function dividePeriod(period: Period, shares: readonly number[]): readonly Period[] {
  const start = toDays(period.startsOn);
  const total = daysOf(period);
  const sum = shares.reduce((all, share) => all + share, 0);
  let passed = 0;
  return shares.map((share, index) => {
    const from = Math.min(total - 1, Math.round((passed / sum) * total));
    passed += share;
    const to = index === shares.length - 1 ? total : Math.round((passed / sum) * total);
    return {
      startsOn: fromDays(start + from),
      endsOn: fromDays(start + Math.max(from, Math.min(total, to) - 1)),
    };
  });
}

/** The day within a period at which `part` of `parts` is due; the last part is due at the end. */
export function dueDay(period: Period, part: number, parts: number): string {
  const days = daysOf(period);
  return fromDays(toDays(period.startsOn) + Math.min(days - 1, Math.ceil(((part + 1) / parts) * days) - 1));
}
