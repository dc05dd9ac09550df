/** A bar for every day of the month. */
import type { CostRow, CostSummary } from '@raptorflow/contract';

import { formatMoney, microsOf, wireMoney } from '../../format/money.ts';
import { formatDay } from '../../format/time.ts';

/** The chart; the table below it says the same in figures. */
export function DayChart({ summary }: { readonly summary: CostSummary }) {
  const byDay = new Map(summary.items.map((row) => [row.key, row]));
  const days = daysBetween(summary.from, summary.to);
  const most = Math.max(1, ...summary.items.map((row) => microsOf(row.cost_usd)));
  return (
    <figure className="border-b border-line px-4 pt-4 pb-2">
      <div
        role="img"
        aria-label={`Cost by day, at most ${formatMoney(wireMoney(most))} a day, ${formatMoney(summary.cost_usd)} in all`}
        className="flex h-28 items-end gap-px sm:gap-0.5"
      >
        {days.map((day) => (
          <Bar key={day} day={day} row={byDay.get(day)} most={most} />
        ))}
      </div>
      <figcaption className="mt-1 flex justify-between text-xs text-muted">
        <span>{formatDay(summary.from)}</span>
        <span>top: {formatMoney(wireMoney(most === 1 ? 0 : most))} a day</span>
        <span>{formatDay(summary.to)}</span>
      </figcaption>
    </figure>
  );
}

function Bar({
  day,
  row,
  most,
}: {
  readonly day: string;
  readonly row: CostRow | undefined;
  readonly most: number;
}) {
  const cost = Math.max(0, microsOf(row?.cost_usd ?? '0.000000'));
  const uncertain = Math.min(cost, microsOf(row?.uncertain_usd ?? '0.000000'));
  const percent = (micros: number): string => `${(micros / most) * 100}%`;
  return (
    <div
      className="flex h-full min-w-0 flex-1 flex-col justify-end border-b border-line"
      title={`${formatDay(day)}: ${formatMoney(row?.cost_usd ?? '0.000000')}`}
    >
      <div className="bg-warn" style={{ height: percent(uncertain) }} />
      <div className="bg-run" style={{ height: percent(cost - uncertain) }} />
    </div>
  );
}

// Days of the calendar, written as the wire writes them; UTC has no clock changes to trip over.
function daysBetween(from: string, to: string): readonly string[] {
  const days: string[] = [];
  const last = Date.parse(`${to}T00:00:00Z`);
  for (let at = Date.parse(`${from}T00:00:00Z`); at <= last && days.length < 400; at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}
