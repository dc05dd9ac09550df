/** Stretches of time as a strip, for rules that measure nothing of their own; and what the colours of stretches mean. */
import { classes } from '../../components/class-names.ts';
import { countOf } from '../../format/number.ts';
import { formatMoment } from '../../format/time.ts';
import { alertStates } from './alert-words.ts';
import { type ShownState, shownStates, type Stretch } from './backtest-chart.ts';

// The same tones as those of the chart, with an edge that holds them apart from the page.
const fills: Readonly<Record<ShownState, string>> = {
  no_data: 'bg-run-soft border-run/40',
  pending: 'bg-warn-soft border-warn/40',
  firing: 'bg-bad-soft border-bad/40',
};

/** The strip. */
export function SpanStrip({
  label,
  stretches,
  fromMs,
  toMs,
}: {
  readonly label: string;
  readonly stretches: readonly Stretch[];
  readonly fromMs: number;
  readonly toMs: number;
}) {
  const share = (ms: number) => `${(100 * Math.max(0, ms)) / Math.max(1, toMs - fromMs)}%`;
  const moment = (ms: number) => formatMoment(new Date(ms).toISOString());
  return (
    <figure>
      <div
        role="img"
        aria-label={`${label}: ${countOf(stretches.length, 'stretch', 'stretches')}`}
        className="relative h-12 overflow-hidden rounded-md border border-line bg-sunken"
      >
        {stretches.map((stretch) => (
          <span
            key={`${stretch.state} ${stretch.fromMs} ${stretch.label}`}
            title={`${alertStates[stretch.state].word} from ${moment(stretch.fromMs)}`}
            className={classes('absolute inset-y-0 min-w-0.5 border-x', fills[stretch.state])}
            style={{ left: share(stretch.fromMs - fromMs), width: share(stretch.toMs - stretch.fromMs) }}
          />
        ))}
      </div>
      <figcaption className="mt-1 flex justify-between gap-2 text-2xs text-muted">
        <span>{moment(fromMs)}</span>
        <span className="text-right">{moment(toMs)}</span>
      </figcaption>
    </figure>
  );
}

/** Which colour means what. */
export function StateLegend({ withThreshold }: { readonly withThreshold: boolean }) {
  return (
    <ul aria-label="Colours" className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {shownStates.toReversed().map((state) => (
        <li key={state} className="inline-flex items-center gap-1.5">
          <span aria-hidden="true" className={classes('size-3 rounded-sm border', fills[state])} />
          {alertStates[state].word}
        </li>
      ))}
      {withThreshold ? (
        <li className="inline-flex items-center gap-1.5">
          <span aria-hidden="true" className="w-4 border-t border-dashed border-bad" />
          Threshold
        </li>
      ) : null}
    </ul>
  );
}
