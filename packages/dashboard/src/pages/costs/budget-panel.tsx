/** The workspace's month: what is spent, uncertain, reserved and left of its cap. */
import type { Budget, CostSummary } from '@raptorflow/contract';

import { Panel } from '../../components/panel.tsx';
import { fillOf, type Tone } from '../../components/status.tsx';
import { classes } from '../../components/class-names.ts';
import { useMoneyRights } from '../../data/costs.ts';
import { formatMoney, microsOf } from '../../format/money.ts';
import { countOf, formatCount, formatPercent } from '../../format/number.ts';
import { formatMoment, formatMonth } from '../../format/time.ts';
import { CapEditor } from './cap-editor.tsx';

interface Part {
  readonly name: string;
  readonly amount: string;
  readonly tone: Tone;
  readonly note: string;
}

function partsOf(budget: Budget): readonly Part[] {
  return [
    { name: 'Spent', amount: budget.spent_usd, tone: 'run', note: 'settled by what providers reported' },
    {
      name: 'Uncertain',
      amount: budget.uncertain_usd,
      tone: 'warn',
      note: 'charged in full until somebody knows',
    },
    { name: 'Reserved', amount: budget.reserved_usd, tone: 'none', note: 'set aside for calls under way' },
    { name: 'Remaining', amount: budget.remaining_usd, tone: 'ok', note: 'can still be reserved' },
  ];
}

/** The panel with the bar. */
export function BudgetPanel({ summary }: { readonly summary: CostSummary }) {
  const { budget } = summary;
  const { isOwner } = useMoneyRights();
  const parts = partsOf(budget);
  const charged = parts.slice(0, 3);
  const cap = microsOf(budget.cap_usd);
  const used = charged.reduce((sum, part) => sum + microsOf(part.amount), 0);
  const share = cap === 0 ? 1 : used / cap;
  // A cap that was lowered in the middle of the month: the bar then stands for what is charged.
  const whole = Math.max(1, cap, used);
  return (
    <Panel
      title={`Budget of ${formatMonth(budget.month)}`}
      note={`a month of ${budget.time_zone}, resets ${formatMoment(budget.resets_at)}`}
      actions={
        isOwner ? (
          <CapEditor
            owner={{ level: 'workspace', subject: '' }}
            name="the workspace"
            capUsd={budget.cap_usd}
          />
        ) : null
      }
    >
      <p className="text-xl font-semibold tracking-tight tabular">
        {formatMoney(budget.cap_usd)}{' '}
        <span className="text-sm font-normal text-muted">
          cap, {formatPercent(Math.min(1, share))} of it charged
          {share > 1 ? ': more than the cap, which was lowered' : ''}
        </span>
      </p>
      <Bar charged={charged} share={share} whole={whole} />
      <Legend parts={parts} />
      <p className="mt-3 text-xs text-muted">
        {countOf(summary.calls, 'call')} in {countOf(summary.attempts, 'attempt')},{' '}
        {formatCount(summary.prompt_tokens)} tokens in, {formatCount(summary.completion_tokens)} tokens out.
        {microsOf(summary.estimated_usd) > 0
          ? ` ${formatMoney(summary.estimated_usd)} of it is a bound, because providers told no usage.`
          : ''}{' '}
        A call whose worst case does not fit is refused before anything is sent.
      </p>
    </Panel>
  );
}

function Bar({
  charged,
  share,
  whole,
}: {
  readonly charged: readonly Part[];
  readonly share: number;
  readonly whole: number;
}) {
  return (
    <div
      role="meter"
      aria-label={`${formatPercent(Math.min(1, share))} of the budget is spent, uncertain or reserved`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(Math.min(1, share) * 100)}
      className="mt-2 flex h-3 overflow-hidden rounded-full bg-hover"
    >
      {charged.map((part) => (
        <div
          key={part.name}
          title={`${part.name}: ${formatMoney(part.amount)}`}
          className={fillOf(part.tone)}
          style={{ width: `${(microsOf(part.amount) / whole) * 100}%` }}
        />
      ))}
    </div>
  );
}

function Legend({ parts }: { readonly parts: readonly Part[] }) {
  return (
    <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-3 lg:grid-cols-4">
      {parts.map((part) => (
        <div key={part.name} className="min-w-0">
          <dt className="flex items-center gap-1.5 text-xs text-muted">
            <span
              aria-hidden
              className={classes(
                'size-2 rounded-full',
                part.name === 'Remaining' ? 'bg-hover ring-1 ring-line-strong' : fillOf(part.tone),
              )}
            />
            {part.name}
          </dt>
          <dd className="font-semibold tabular">{formatMoney(part.amount)}</dd>
          <dd className="text-xs text-muted">{part.note}</dd>
        </div>
      ))}
    </dl>
  );
}
