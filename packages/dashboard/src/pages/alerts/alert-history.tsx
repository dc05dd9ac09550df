/** How alerts changed, newest first. */
import type { WireAlertState, WireAlertTransition } from '@raptorflow/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';

import { useAddressedScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { SelectField } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { Panel } from '../../components/panel.tsx';
import { Ago } from '../../components/time.tsx';
import { useAlertHistory, useAlertRules } from '../../data/alerts.ts';
import { useScope } from '../../data/scope.ts';
import { sentence } from '../../format/words.ts';
import { isOneOf } from '../../search.ts';
import { LabelList, SeverityBadge, StateBadge } from './alert-badges.tsx';
import { RuleLink } from './alert-row.tsx';
import { alertStates, reasonOf } from './alert-words.ts';
import type { ValueFormat } from './rule-words.ts';
import { useValueFormats } from './value-formats.ts';

const states: readonly WireAlertState[] = ['firing', 'pending', 'no_data', 'resolved', 'inactive'];

/** The history with its filters. */
export function AlertHistoryPage() {
  const { scope } = useAddressedScope();
  const { rule, state } = useSearch({ from: '/w/$workspaceId/alerts/history' });
  const chosen = isOneOf(states, state) ? state : undefined;
  const listing = useAlertHistory(scope, { rule, state: chosen });
  const formats = useValueFormats(scope);
  const columns = useMemo(() => columnsWith(formats), [formats]);
  const isFiltered = rule !== undefined || chosen !== undefined;
  return (
    <Panel flush title="History" note="newest first" actions={<Filters rule={rule} state={chosen} />}>
      <DataTable
        label="Changes of alerts"
        columns={columns}
        listing={listing}
        keyOf={(row) => row.transition_id}
        empty={
          isFiltered ? (
            <EmptyState icon="filter" title="No alert changed like that">
              Choose “Every rule” and “Every state” to see all changes.
            </EmptyState>
          ) : (
            <EmptyState icon="alerts" title="No alert has changed yet">
              When a rule finds something, or finds that it is over, the change is kept here with its value
              and reason.
            </EmptyState>
          )
        }
      />
      {listing.hasMore ? (
        <div className="flex justify-center border-t border-line p-3">
          <Button busy={listing.isLoadingMore} onClick={listing.loadMore}>
            Load older changes
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function Filters({
  rule,
  state,
}: {
  readonly rule: string | undefined;
  readonly state: WireAlertState | undefined;
}) {
  const { workspaceId } = useScope();
  const { scope, search } = useAddressedScope();
  const navigate = useNavigate();
  const names = useAlertRules(scope).data?.map(({ name }) => name) ?? [];
  // A rule that was removed still has a history.
  const offered = rule === undefined || names.includes(rule) ? names : [rule, ...names];
  const choose = (change: { readonly rule?: string; readonly state?: string }) =>
    void navigate({
      to: '/w/$workspaceId/alerts/history',
      params: { workspaceId },
      search: { ...search, rule: rule ?? '', state: state ?? '', ...change },
    });
  return (
    <div className="flex min-w-0 flex-wrap gap-2">
      <SelectField
        label="Rule"
        hideLabel
        className="max-w-full"
        value={rule ?? ''}
        options={[['', 'Every rule'], ...offered.map((name) => [name, name] as const)]}
        onChange={(event) => choose({ rule: event.target.value })}
      />
      <SelectField
        label="State"
        hideLabel
        value={state ?? ''}
        options={[
          ['', 'Every state'],
          ...states.map((one) => [one, `To ${alertStates[one].word.toLowerCase()}`] as const),
        ]}
        onChange={(event) => choose({ state: event.target.value })}
      />
    </div>
  );
}

function columnsWith(formats: (rule: string) => ValueFormat): readonly Column<WireAlertTransition>[] {
  return [
    {
      header: 'Alert',
      width: 'minmax(0, 4fr)',
      onPhone: 'title',
      cell: (row) => (
        <div className="space-y-1">
          <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <RuleLink name={row.rule} />
            <SeverityBadge severity={row.severity} />
          </div>
          <LabelList labels={row.tags} />
        </div>
      ),
    },
    {
      header: 'Change',
      width: '13rem',
      cell: (row) => (
        <span className="inline-flex flex-wrap items-center gap-1.5">
          <StateBadge state={row.from} />
          <Icon name="arrow" className="size-3.5 text-muted" />
          <span className="sr-only">to</span>
          <StateBadge state={row.to} />
        </span>
      ),
    },
    {
      header: 'Value',
      width: '6rem',
      align: 'end',
      cell: (row) =>
        row.value === null ? <span className="text-muted">none</span> : formats(row.rule)(row.value),
    },
    {
      header: 'Why',
      width: 'minmax(0, 5fr)',
      cell: (row) => (
        <span title={reasonOf(row)} className="break-words">
          {row.message === '' ? reasonOf(row) : sentence(row.message)}
        </span>
      ),
    },
    { header: 'When', width: '6rem', align: 'end', cell: (row) => <Ago at={row.at} /> },
  ];
}
