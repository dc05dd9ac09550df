/** A rule on the past: what was measured, where it would have fired, and how often somebody would have been told. */
import type { WireAlertRuleDraft, WireBacktest } from '@raptorflow/contract';
import { useMemo } from 'react';

import { classes } from '../../components/class-names.ts';
import { TimeChart } from '../../components/chart/time-chart.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { pillClasses } from '../../components/pill.ts';
import { useMetricList } from '../../data/metrics.ts';
import { metricFormat } from '../../format/metric.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { formatDuration, formatMoment, formatSpan } from '../../format/time.ts';
import { alertStates } from './alert-words.ts';
import {
  backtestAdvice,
  type BacktestChart,
  backtestChart,
  backtestSentence,
  notificationWords,
  perDayWords,
  type Stretch,
} from './backtest-chart.ts';
import { problemsOfRefusal } from './rule-problems.ts';
import { isComparison, unitOf } from './rule-words.ts';
import { SpanStrip, StateLegend } from './span-strip.tsx';
import { type PastName, pasts, type TriedRule } from './tried-rule.ts';

const pastNames: readonly PastName[] = ['day', 'week'];
const listedMax = 30;

/** Which past is tried. */
export function PastChoice({ tried }: { readonly tried: TriedRule }) {
  return (
    <div role="group" aria-label="Which past" className="flex flex-wrap gap-1">
      {pastNames.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={tried.past === name}
          onClick={() => tried.setPast(name)}
          className={pillClasses}
        >
          {pasts[name].label}
        </button>
      ))}
    </div>
  );
}

/** The result of trying `draft`, or why there is none. */
export function BacktestResult({
  draft,
  tried,
}: {
  readonly draft: WireAlertRuleDraft;
  readonly tried: TriedRule;
}) {
  const { result, error, isTrying } = tried;
  return (
    <div className="space-y-3" aria-busy={isTrying}>
      <p role="status" aria-live="polite" className="text-sm">
        {statusOf(tried)}
      </p>
      {error === null ? null : <Failure error={error} retry={tried.retry} />}
      {error === null && result === null ? <Loading rows={5} label="Trying the rule on the past" /> : null}
      {error === null && result !== null ? (
        <div className={classes('space-y-3 transition-opacity', isTrying && 'opacity-60')}>
          <Outcome result={result} draft={draft} />
        </div>
      ) : null}
    </div>
  );
}

function statusOf({ isTrying, error, result }: TriedRule): string {
  if (isTrying || (error === null && result === null)) return 'Trying it on the past…';
  return error === null && result !== null ? backtestSentence(result) : 'It could not be tried on the past.';
}

function Failure({ error, retry }: { readonly error: Error; readonly retry: () => void }) {
  if (problemsOfRefusal(error).complete) {
    return <Notice tone="warn">The server refuses it like this: see what stands beside the fields.</Notice>;
  }
  return <ErrorNotice error={error} retry={retry} />;
}

function Outcome({ result, draft }: { readonly result: WireBacktest; readonly draft: WireAlertRuleDraft }) {
  const chart = useMemo(() => backtestChart(result), [result]);
  const advice = backtestAdvice(result);
  return (
    <>
      <Drawing chart={chart} result={result} draft={draft} />
      <dl className="grid grid-cols-2 gap-3">
        <OutcomeFigure
          label="Fires"
          value={perDayWords(result)}
          note={`${formatCount(result.firings)} in all`}
        />
        <OutcomeFigure
          label="Tells somebody"
          value={countOf(result.notifications.length, 'time')}
          note={notificationWords(result)}
        />
      </dl>
      {advice === null ? null : <Notice tone="warn">{advice}</Notice>}
      <StretchList stretches={chart.stretches} />
      <p className="text-xs text-muted">
        {`Evaluated every ${formatSpan(result.step_seconds)} from ${formatMoment(result.from)} to ${formatMoment(result.to)}.`}
        {chart.leftOut > 0 ? ` ${countOf(chart.leftOut, 'more series', 'more series')} not drawn.` : ''}
      </p>
    </>
  );
}

function OutcomeFigure({
  label,
  value,
  note,
}: {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}) {
  return (
    <div className="min-w-0 rounded-md border border-line px-3 py-2">
      <dt className="text-xs text-muted">{label}</dt>
      <dd>
        <div className="text-lg font-semibold tracking-tight tabular">{value}</div>
        <div className="text-xs text-muted">{note}</div>
      </dd>
    </div>
  );
}

function Drawing({
  chart,
  result,
  draft,
}: {
  readonly chart: BacktestChart;
  readonly result: WireBacktest;
  readonly draft: WireAlertRuleDraft;
}) {
  const { metric, aggregation, condition, threshold } = draft;
  const metrics = useMetricList().data?.data;
  const unit = unitOf(
    metrics?.find(({ name }) => name === metric),
    aggregation,
  );
  const format = useMemo(() => metricFormat(unit), [unit]);
  const [fromMs, toMs] = [Date.parse(result.from), Date.parse(result.to)];
  const label = `${aggregation ?? ''} of ${metric ?? 'the rule'} on the past`.trim();
  return (
    <>
      {chart.series.length === 0 ? (
        <SpanStrip
          label="When the rule would have fired"
          stretches={chart.stretches}
          fromMs={fromMs}
          toMs={toMs}
        />
      ) : (
        <TimeChart
          label={label}
          series={chart.series}
          spans={chart.stretches}
          threshold={isComparison(condition) ? threshold : undefined}
          fromMs={fromMs}
          toMs={toMs}
          format={format}
          height={240}
        />
      )}
      <StateLegend withThreshold={isComparison(condition) && chart.series.length > 0} />
    </>
  );
}

/** The stretches in words, the newest first; what the chart shows in colours stands here too. */
function StretchList({ stretches }: { readonly stretches: readonly Stretch[] }) {
  if (stretches.length === 0) return null;
  const newest = stretches.toSorted((a, b) => b.fromMs - a.fromMs);
  return (
    <div className="-mx-4">
      <Disclosure summary={<span>{countOf(stretches.length, 'stretch', 'stretches')} in words</span>}>
        <ol aria-label="Stretches" className="space-y-1 text-xs">
          {newest.slice(0, listedMax).map((stretch) => (
            <li key={`${stretch.state} ${stretch.fromMs} ${stretch.label}`} className="break-words">
              <span className="font-medium">{alertStates[stretch.state].word}</span>{' '}
              {`for ${formatDuration(stretch.toMs - stretch.fromMs)} from ${formatMoment(new Date(stretch.fromMs).toISOString())}`}
              {stretch.label === '' ? null : <span className="text-muted"> ({stretch.label})</span>}
            </li>
          ))}
        </ol>
        {stretches.length > listedMax ? (
          <p className="text-xs text-muted">The newest {listedMax} are listed.</p>
        ) : null}
      </Disclosure>
    </div>
  );
}
