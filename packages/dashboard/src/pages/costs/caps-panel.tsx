/** Caps of guilds, agents, campaigns, runs and budgets, and what each has spent. */
import type { BudgetLevel, SubBudget } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { EmptyState, ErrorNotice } from '../../components/feedback.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { budgetTone, Meter } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { useBudgets, useMoneyRights, useSetCap } from '../../data/costs.ts';
import { formatMoney, microsOf, parseMoney } from '../../format/money.ts';
import { formatPercent } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';
import { CapEditor } from './cap-editor.tsx';

/** The panel. */
export function CapsPanel() {
  const budgets = useBudgets();
  const { mayCap } = useMoneyRights();
  const items = budgets.data?.items ?? [];
  return (
    <Panel
      flush
      title="Budgets below the workspace’s"
      note="a call is charged to every one it belongs to, all together or not at all"
    >
      <DataTable
        label="Budgets"
        columns={mayCap ? [...columns, change] : columns}
        listing={wholeListing(items, budgets)}
        keyOf={(row) => `${row.level} ${row.subject}`}
        empty={
          <EmptyState icon="costs" title="Nothing below the workspace has spent money or has a cap">
            Give a guild, an agent or a campaign a cap of its own below; it then cannot use up what the others
            need.
          </EmptyState>
        }
      />
      {mayCap ? <NewCap /> : null}
    </Panel>
  );
}

const charged = (row: SubBudget): number =>
  microsOf(row.spent_usd) + microsOf(row.reserved_usd) + microsOf(row.uncertain_usd);

const columns: readonly Column<SubBudget>[] = [
  {
    header: 'Budget',
    width: 'minmax(0, 2fr)',
    onPhone: 'title',
    cell: (row) => (
      <span className="min-w-0 break-words">
        <span className="font-medium">{row.label}</span>{' '}
        <span className="text-xs text-muted">
          {row.level}, {row.period === 'lifetime' ? 'whole life' : row.period}
        </span>
      </span>
    ),
  },
  {
    header: 'Used',
    width: 'minmax(0, 1fr)',
    onPhone: 'hidden',
    cell: (row) => {
      if (row.cap_usd === null) return <span className="text-xs text-muted">no cap</span>;
      const cap = microsOf(row.cap_usd);
      const share = cap === 0 ? 1 : Math.min(1, charged(row) / cap);
      return (
        <Meter
          fraction={share}
          tone={budgetTone(share)}
          label={`${formatPercent(share)} of ${formatMoney(row.cap_usd)} is charged`}
        />
      );
    },
  },
  {
    header: 'Spent',
    width: '7rem',
    align: 'end',
    cell: (row) => (
      <>
        {formatMoney(row.spent_usd)}
        <span className="text-muted sm:hidden"> spent</span>
      </>
    ),
  },
  {
    header: 'Uncertain / reserved',
    width: '10rem',
    align: 'end',
    onPhone: 'hidden',
    cell: (row) => `${formatMoney(row.uncertain_usd)} / ${formatMoney(row.reserved_usd)}`,
  },
  {
    header: 'Cap',
    width: '7rem',
    align: 'end',
    cell: (row) => (row.cap_usd === null ? 'no cap' : `${formatMoney(row.cap_usd)} cap`),
  },
];

const change: Column<SubBudget> = {
  header: 'Change',
  width: '7rem',
  align: 'end',
  cell: (row) => (
    <CapEditor owner={{ level: row.level, subject: row.subject }} name={row.label} capUsd={row.cap_usd} />
  ),
};

const levels: readonly BudgetLevel[] = ['guild', 'agent', 'campaign', 'run', 'budget'];
const subjectHints: Readonly<Record<BudgetLevel, string>> = {
  guild: 'research, muse, matrix, guardians, council',
  agent: 'Its code, such as RES-001, or its id',
  campaign: 'Its id, from the campaign’s address',
  run: 'Its id, from the run’s address',
  budget: 'The budget_id that a chain of events carries',
};

function NewCap() {
  const set = useSetCap();
  const [level, setLevel] = useState<BudgetLevel>('guild');
  const [subject, setSubject] = useState('');
  const [text, setText] = useState('');
  const amount = parseMoney(text);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (amount === null) return;
    set.mutate(
      { owner: { level, subject: subject.trim() }, capUsd: amount },
      {
        onSuccess: () => {
          setSubject('');
          setText('');
        },
      },
    );
  };
  return (
    <form onSubmit={submit} className="space-y-2 border-t border-line px-4 py-3">
      <div className="flex flex-wrap items-start gap-3">
        <SelectField
          label="New cap for a"
          className="w-full sm:w-36"
          value={level}
          onChange={(event) => setLevel(levels.find((one) => one === event.target.value) ?? 'guild')}
          options={levels.map((one) => [one, humanize(one)] as const)}
        />
        <TextField
          label="Which"
          className="flex-1 basis-48"
          value={subject}
          maxLength={200}
          onChange={(event) => setSubject(event.target.value)}
          hint={subjectHints[level]}
        />
        <TextField
          label="Cap in US dollars"
          className="w-full sm:w-40"
          inputMode="decimal"
          value={text}
          onChange={(event) => setText(event.target.value)}
          problem={text === '' || amount !== null ? undefined : 'Such as 2.50'}
        />
        <Button
          type="submit"
          className="sm:mt-6"
          busy={set.isPending}
          disabled={subject.trim() === '' || amount === null}
        >
          Set the cap
        </Button>
      </div>
      {set.error ? <ErrorNotice error={set.error} /> : null}
    </form>
  );
}
