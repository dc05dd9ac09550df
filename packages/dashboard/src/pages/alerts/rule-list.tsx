/** The rules: what each watches, how it is doing, and whether it is on. */
import type { WireAlertRule, WireMetricInfo } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';

import { type MetricScope, useAddressedScope } from '../../data/addressed-scope.ts';
import { buttonClasses, IconButton } from '../../components/button.tsx';
import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Switch } from '../../components/switch.tsx';
import { Ago } from '../../components/time.tsx';
import { draftOfRule, useAlertRules, useDeleteRule, useSaveRule } from '../../data/alerts.ts';
import { useMetricList } from '../../data/metrics.ts';
import { useScope } from '../../data/scope.ts';
import { countOf } from '../../format/number.ts';
import { SeverityBadge, StateBadge } from './alert-badges.tsx';
import { RuleLink } from './alert-row.tsx';
import { useAlertRights } from './alert-rights.ts';
import { NoRules } from './no-rules.tsx';
import { ruleSentence } from './rule-words.ts';
import { SwitchOnDialog } from './switch-on-dialog.tsx';

/** What is about to happen to a rule. */
type Intent = { readonly kind: 'delete' | 'switch-on'; readonly rule: WireAlertRule } | null;

/** The list of rules. */
export function RulesPage() {
  const { scope } = useAddressedScope();
  const { mayChangeRules } = useAlertRights();
  const rules = useAlertRules(scope);
  const metrics = useMetricList().data?.data;
  const save = useSaveRule(scope, { replaces: true });
  const [intent, setIntent] = useState<Intent>(null);
  const busyName = save.isPending ? save.variables.name : null;
  const { mutate } = save;
  const columns = useMemo(
    () =>
      columnsFor(metrics ?? [], {
        mayChange: mayChangeRules,
        busyName,
        onSwitch: (rule, on) => {
          // What is switched on is tried on the past first.
          if (on) setIntent({ kind: 'switch-on', rule });
          else mutate({ ...draftOfRule(rule), enabled: false });
        },
        onDelete: (rule) => setIntent({ kind: 'delete', rule }),
      }),
    [metrics, mayChangeRules, busyName, mutate],
  );
  const close = () => setIntent(null);
  return (
    <div className="space-y-3">
      {save.error ? <ErrorNotice error={save.error} /> : null}
      <Panel
        flush
        title="Rules"
        note={rules.data === undefined ? undefined : countOf(rules.data.length, 'rule')}
      >
        <DataTable
          label="Rules"
          columns={columns}
          listing={wholeListing(rules.data, rules)}
          keyOf={(row) => row.name}
          empty={<NoRules title="No rule yet" />}
        />
      </Panel>
      {intent?.kind === 'delete' ? <DeleteDialog scope={scope} rule={intent.rule} onClose={close} /> : null}
      {intent?.kind === 'switch-on' ? (
        <SwitchOnDialog scope={scope} rule={intent.rule} onClose={close} />
      ) : null}
    </div>
  );
}

interface RuleActions {
  readonly mayChange: boolean;
  readonly busyName: string | null;
  readonly onSwitch: (rule: WireAlertRule, on: boolean) => void;
  readonly onDelete: (rule: WireAlertRule) => void;
}

function columnsFor(
  metrics: readonly WireMetricInfo[],
  { mayChange, busyName, onSwitch, onDelete }: RuleActions,
): readonly Column<WireAlertRule>[] {
  return [
    {
      header: 'Rule',
      width: 'minmax(0, 1fr)',
      onPhone: 'title',
      cell: (row) => <RuleSummary rule={row} metrics={metrics} />,
    },
    {
      header: 'Severity',
      width: '5.5rem',
      cell: (row) => <SeverityBadge severity={row.severity ?? 'warning'} />,
    },
    { header: 'State', width: '12rem', cell: (row) => <StateCounts rule={row} /> },
    {
      header: 'Evaluated',
      width: '6rem',
      align: 'end',
      onPhone: 'hidden',
      cell: (row) => <Ago at={row.evaluated_at} />,
    },
    {
      header: 'On',
      width: '3rem',
      cell: (row) =>
        mayChange ? (
          <Switch
            label={row.enabled === false ? `Switch ${row.name} on` : `Switch ${row.name} off`}
            checked={row.enabled !== false}
            busy={busyName === row.name}
            onChange={(on) => onSwitch(row, on)}
          />
        ) : (
          <span className="text-muted">{row.enabled === false ? 'off' : 'on'}</span>
        ),
    },
    ...(mayChange
      ? [
          {
            header: 'Actions',
            width: '6.5rem',
            align: 'end' as const,
            cell: (row: WireAlertRule) => <RowActions rule={row} onDelete={onDelete} />,
          },
        ]
      : []),
  ];
}

function RuleSummary({
  rule,
  metrics,
}: {
  readonly rule: WireAlertRule;
  readonly metrics: readonly WireMetricInfo[];
}) {
  return (
    <div className="space-y-0.5">
      <RuleLink name={rule.name} />
      <p className="text-xs break-words text-muted">{ruleSentence(rule, metrics)}</p>
      {rule.failure === null ? null : (
        <p className="text-xs break-words text-bad">Not evaluated: {rule.failure}</p>
      )}
      {rule.series_left_out > 0 ? (
        <p className="text-xs text-warn">
          {countOf(rule.series_left_out, 'series', 'series')} beyond the limit are not looked at. Name tags to
          choose which.
        </p>
      ) : null}
    </div>
  );
}

/** How many of its alerts are in which state. */
function StateCounts({ rule }: { readonly rule: WireAlertRule }) {
  if (rule.enabled === false) return <span className="text-muted">Switched off</span>;
  const counts = (['firing', 'pending', 'no_data'] as const).filter((state) => rule[state] > 0);
  if (counts.length === 0) return <span className="text-muted">Quiet</span>;
  return (
    <span className="flex flex-wrap gap-1">
      {counts.map((state) => (
        <StateBadge key={state} state={state} count={rule[state]} />
      ))}
    </span>
  );
}

function RowActions({
  rule,
  onDelete,
}: {
  readonly rule: WireAlertRule;
  readonly onDelete: (rule: WireAlertRule) => void;
}) {
  const { workspaceId } = useScope();
  const { search } = useAddressedScope();
  return (
    <span className="inline-flex items-center gap-1">
      <Link
        to="/w/$workspaceId/alerts/rules/$name"
        params={{ workspaceId, name: rule.name }}
        search={search}
        aria-label={`Edit ${rule.name}`}
        className={buttonClasses('outline')}
      >
        Edit
      </Link>
      <IconButton icon="trash" label={`Delete ${rule.name}`} onClick={() => onDelete(rule)} />
    </span>
  );
}

function DeleteDialog({
  scope,
  rule,
  onClose,
}: {
  readonly scope: MetricScope;
  readonly rule: WireAlertRule;
  readonly onClose: () => void;
}) {
  const remove = useDeleteRule(scope);
  return (
    <ConfirmDialog
      open
      title={`Delete ${rule.name}?`}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate(rule.name, { onSuccess: onClose })}
    >
      <p>
        {rule.firing > 0
          ? `${countOf(rule.firing, 'alert')} of it ${rule.firing === 1 ? 'fires' : 'fire'} and will be resolved. `
          : ''}
        Its history stays. To keep it for later, switch it off instead.
      </p>
    </ConfirmDialog>
  );
}
