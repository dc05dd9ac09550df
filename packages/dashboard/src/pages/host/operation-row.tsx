/** One operation: how it fares, how long it takes, and its breakers. */
import type { PeriscopeOperation, VerdictReason } from '@raptorflow/contract';

import { boundText } from '../../components/chart/chart-data.ts';
import { StatusBadge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { metricFormat } from '../../format/metric.ts';
import { formatCount, formatPercent } from '../../format/number.ts';
import { BreakerLine } from './breaker-line.tsx';
import { ReasonList } from './reason-list.tsx';

const millis = metricFormat('ms');

/** The row. */
export function OperationRow({
  operation,
  toldAbove,
}: {
  readonly operation: PeriscopeOperation;
  /** What stands over the list already. */
  readonly toldAbove: readonly VerdictReason[];
}) {
  const { name, status, calls, failures, retries, running, breakers } = operation;
  const reasons = operation.reasons.filter(({ reason }) => toldAbove.every((told) => told.reason !== reason));
  const ended = calls - running;
  return (
    <article aria-label={name} className="space-y-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="font-medium break-all">{name}</h3>
        <StatusBadge status={status} />
        <span className="text-xs text-muted">
          last success <Ago at={operation.last_success_at} />, last failure{' '}
          <Ago at={operation.last_failure_at} />
        </span>
      </div>
      <dl className="flex flex-wrap gap-x-6 gap-y-1">
        <Value name="Calls" value={formatCount(calls)} />
        <Value
          name="Failures"
          value={
            ended === 0
              ? formatCount(failures)
              : `${formatCount(failures)} (${formatPercent(failures / ended)})`
          }
        />
        <Value name="Retries" value={formatCount(retries)} />
        <Value name="Running" value={formatCount(running)} />
        <Value name="Average" value={operation.average_ms === null ? '–' : millis(operation.average_ms)} />
        <Percentile name="p50" bounded={operation.p50} />
        <Percentile name="p95" bounded={operation.p95} />
        <Percentile name="p99" bounded={operation.p99} />
      </dl>
      {reasons.length === 0 ? null : <ReasonList reasons={reasons} />}
      {breakers.map((breaker) => (
        <BreakerLine key={breaker.name} breaker={breaker} />
      ))}
    </article>
  );
}

function Percentile({
  name,
  bounded,
}: {
  readonly name: string;
  readonly bounded: PeriscopeOperation['p95'];
}) {
  if (bounded === null) return <Value name={name} value="–" />;
  return <Value name={name} value={millis(bounded.value_ms)} bound={boundText(bounded.relative_error)} />;
}

function Value({
  name,
  value,
  bound = '',
}: {
  readonly name: string;
  readonly value: string;
  readonly bound?: string;
}) {
  return (
    <div>
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="tabular">
        {value} {bound === '' ? null : <span className="text-xs text-muted">{bound}</span>}
      </dd>
    </div>
  );
}
