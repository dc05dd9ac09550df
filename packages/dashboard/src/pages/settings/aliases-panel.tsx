/** What the aliases stand for in this workspace, and what stands in for that. Everybody sees it, admins change it. */
import type { ModelAlias } from '@raptorflow/contract';
import { useState } from 'react';

import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge } from '../../components/status.tsx';
import { useModels } from '../../data/agents.ts';
import { useWorkspace } from '../../data/workspaces.ts';
import { AliasDialog } from './alias-dialog.tsx';
import { includesRole } from './roles.ts';

const columns: readonly Column<ModelAlias>[] = [
  { header: 'Alias', width: 'minmax(0, 1fr)', onPhone: 'title', cell: (row) => <AliasName alias={row} /> },
  { header: 'Stands for', width: 'minmax(0, 2fr)', cell: (row) => <Meaning alias={row} /> },
  { header: 'When that does not answer', width: 'minmax(0, 2fr)', cell: (row) => <Fallbacks alias={row} /> },
];

/** The panel. */
export function AliasesPanel() {
  const models = useModels();
  const role = useWorkspace().data?.role ?? 'viewer';
  const mayChange = includesRole(role, 'admin');
  const [isAdding, setAdding] = useState(false);
  const listing = {
    items: models.data?.aliases ?? [],
    isPending: models.isPending,
    error: models.error,
    hasMore: false,
    loadMore: () => undefined,
    retry: () => void models.refetch(),
  };
  return (
    <Panel
      flush
      title="Model aliases"
      note="what agents and clients ask for; a change holds from the next call on"
      actions={
        mayChange ? (
          <Button icon="plus" onClick={() => setAdding(true)}>
            New alias
          </Button>
        ) : null
      }
    >
      <DataTable
        label="Model aliases"
        columns={mayChange ? [...columns, changing] : columns}
        listing={listing}
        keyOf={(row) => row.alias}
        empty={
          <EmptyState icon="agents" title="No alias stands for a model">
            Set OPENAI_MODEL and start the server again, or let an admin of this workspace add an alias.
          </EmptyState>
        }
      />
      {isAdding ? <AliasDialog alias={null} onClose={() => setAdding(false)} /> : null}
    </Panel>
  );
}

const changing: Column<ModelAlias> = {
  header: 'Actions',
  width: '5.5rem',
  align: 'end',
  cell: (row) => <ChangeButton alias={row} />,
};

function AliasName({ alias }: { readonly alias: ModelAlias }) {
  const isSet = alias.own_model !== null || alias.own_fallbacks.length > 0;
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2">
      <code className="font-semibold">{alias.alias}</code>
      {isSet ? <Badge tone="run">set here</Badge> : null}
    </span>
  );
}

function Meaning({ alias }: { readonly alias: ModelAlias }) {
  const { own_model: own, model, reason } = alias;
  return (
    <span className="min-w-0">
      {own !== null && own !== model ? (
        <>
          <code className="break-all">{own}</code> <span className="text-muted">now</span>{' '}
        </>
      ) : null}
      <code className="break-all">{model}</code>
      {reason === null ? null : <span className="block text-xs text-bad">{reason}</span>}
    </span>
  );
}

function Fallbacks({ alias }: { readonly alias: ModelAlias }) {
  const { fallbacks } = alias;
  if (fallbacks.length === 0) return <span className="text-muted">no fallback</span>;
  return (
    <ol className="min-w-0">
      {fallbacks.map(({ model, reason }) => (
        <li key={model}>
          <span className="text-muted">else</span> <code className="break-all">{model}</code>
          {reason === null ? null : <span className="block text-xs text-warn">left out: {reason}</span>}
        </li>
      ))}
    </ol>
  );
}

function ChangeButton({ alias }: { readonly alias: ModelAlias }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label={`Change ${alias.alias}`}>
        Change
      </Button>
      {isOpen ? <AliasDialog alias={alias} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
