/** What a back-test found, as a chart and as words. */
import type { WireBacktest } from '@raptorflow/contract';

import type { ChartSeries, ChartSpan } from '../../components/chart/chart-data.ts';
import { seriesLabels, shortNumber } from '../../format/metric.ts';
import { countOf } from '../../format/number.ts';
import { tellingLabels } from './alert-words.ts';
import { tagWords } from './tag-lines.ts';

type BacktestSeries = WireBacktest['series'][number];

/** Lines that one chart can tell apart. */
const linesMax = 8;

/** Tones of the states that a chart shows; those drawn later lie over those before. */
const toneOfState = { no_data: 'run', pending: 'warn', firing: 'bad' } as const;

/** A state that a back-test shows. */
export type ShownState = keyof typeof toneOfState;

/** The states that a chart shows, in the order in which they are drawn. */
export const shownStates: readonly ShownState[] = ['no_data', 'pending', 'firing'];

/** A stretch in which the rule would have been in a state. */
export interface Stretch extends ChartSpan {
  readonly state: ShownState;
  /** Which series; empty for the only one. */
  readonly label: string;
}

/** A back-test as it is drawn. */
export interface BacktestChart {
  /** What was measured; empty for rules that look at no metric of their own. */
  readonly series: readonly ChartSeries[];
  /** Every stretch, firing ones last, so that they are seen. */
  readonly stretches: readonly Stretch[];
  /** Series with values that are not drawn. */
  readonly leftOut: number;
}

/** Draws the series that would have fired first, then the others, as many as can be told apart. */
export function backtestChart({ series, series_left_out: leftOut }: WireBacktest): BacktestChart {
  const sorted = series.toSorted((a, b) => Number(hasFired(b)) - Number(hasFired(a)));
  const labels = seriesLabels(sorted.map(({ tags }) => ({ tags: tellingLabels(tags) })));
  const measured = sorted.flatMap(({ points }, index) =>
    points.length === 0
      ? []
      : [
          {
            label: labels[index] ?? '',
            points: points.map(({ at, value }) => [Date.parse(at), value] as const),
          },
        ],
  );
  const stretches = sorted.flatMap(({ intervals, tags }) =>
    intervals.flatMap(({ state, from, to }): Stretch[] =>
      isShown(state)
        ? [
            {
              state,
              tone: toneOfState[state],
              fromMs: Date.parse(from),
              toMs: Date.parse(to),
              label: tagWords(tellingLabels(tags)),
            },
          ]
        : [],
    ),
  );
  return {
    series: measured.slice(0, linesMax),
    stretches: stretches.sort(
      (a, b) => shownStates.indexOf(a.state) - shownStates.indexOf(b.state) || a.fromMs - b.fromMs,
    ),
    leftOut: leftOut + Math.max(0, measured.length - linesMax),
  };
}

function hasFired({ intervals }: BacktestSeries): boolean {
  return intervals.some(({ state }) => state === 'firing');
}

function isShown(state: string): state is ShownState {
  return state in toneOfState;
}

/** "It would have fired 3 times and told somebody 5 times." */
export function backtestSentence({ firings, notifications }: WireBacktest): string {
  if (firings === 0) return 'It would not have fired.';
  return `It would have fired ${times(firings)} and told somebody ${times(notifications.length)}.`;
}

function times(count: number): string {
  return count === 1 ? 'once' : countOf(count, 'time');
}

/** "3 a day"; a rate below that with the digits that it has. */
export function perDayWords({ firings_per_day: perDay }: WireBacktest): string {
  return `${shortNumber(perDay)} a day`;
}

/** How many notifications told of what: "3 when it began, 2 when it was over". */
export function notificationWords({ notifications }: WireBacktest): string {
  const began = notifications.filter(({ status }) => status === 'firing').length;
  return `${began} while it fired, ${notifications.length - began} when it was over`;
}

/** Fires more often than anybody would go and look. */
const tooOftenPerDay = 24;

/** What to do about a rule that would have been a nuisance; null for one that would not. */
export function backtestAdvice({ firings_per_day: perDay }: WireBacktest): string | null {
  if (perDay < tooOftenPerDay) return null;
  return 'That is more than once an hour. A longer duration, a threshold for resolving or a longer “keeps firing” makes it calmer.';
}
