/** The audit log: what happened, who did it, and whether the chain is whole. */
import type { WireAuditVerification } from '@raptorflow/contract';
import { Link, useSearch } from '@tanstack/react-router';

import { Button, buttonClasses } from '../../components/button.tsx';
import { EmptyState, ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { Icon } from '../../components/icon.tsx';
import { PageHeader, Panel } from '../../components/panel.tsx';
import { pillClasses } from '../../components/pill.ts';
import { VirtualList } from '../../components/virtual-list.tsx';
import { type AuditChain, useAuditExportUrl, useAuditRows, useAuditVerification } from '../../data/audit.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator, useSession } from '../../data/session.ts';
import { countOf } from '../../format/number.ts';
import { formatDuration, formatMoment } from '../../format/time.ts';
import { AuditFilters } from './audit-filters.tsx';
import { AuditRow } from './audit-row.tsx';
import { filterOf } from './audit-words.ts';

/** The page; for the workspace's admins, and for the operator with the chain of the installation. */
export function AuditPage() {
  const { workspaceId } = useScope();
  const isOperator = useIsOperator();
  const role = useSession().workspaces.find((one) => one.workspace_id === workspaceId)?.role;
  const { scope } = useSearch({ from: '/w/$workspaceId/audit' });
  if (role !== 'owner' && role !== 'admin') {
    return (
      <>
        <PageHeader title="Audit" />
        <EmptyState icon="audit" title="The audit log is for admins">
          It tells what everybody here has done. Ask an admin of this workspace.
        </EmptyState>
      </>
    );
  }
  const chain = isOperator && scope === 'installation' ? 'installation' : 'workspace';
  // Each chain has a result of its own.
  return <AuditLog key={chain} chain={chain} />;
}

function AuditLog({ chain }: { readonly chain: AuditChain }) {
  const isOperator = useIsOperator();
  const verification = useAuditVerification(chain);
  return (
    <>
      <PageHeader
        title="Audit"
        note={
          chain === 'installation'
            ? 'Sign-ins, settings and what the operator did, each row sealed by the hash of the one before it.'
            : 'What people and agents did in this workspace, each row sealed by the hash of the one before it.'
        }
        actions={
          <>
            {isOperator ? <ChainChoice chain={chain} /> : null}
            <a href={useAuditExportUrl(chain)} download className={buttonClasses()}>
              <Icon name="download" />
              Export
            </a>
            <Button
              tone="solid"
              icon="check"
              busy={verification.isPending}
              onClick={() => verification.mutate()}
            >
              Verify
            </Button>
          </>
        }
      />
      <div className="space-y-4">
        {verification.isPending ? (
          <Notice tone="run">The chain is walked from its first row on …</Notice>
        ) : null}
        {verification.error ? (
          <ErrorNotice label="The chain could not be verified" error={verification.error} />
        ) : null}
        {verification.data ? <Verified found={verification.data} /> : null}
        <Rows chain={chain} />
      </div>
    </>
  );
}

function ChainChoice({ chain }: { readonly chain: AuditChain }) {
  const choice = (one: AuditChain, name: string) => (
    <Link
      to="."
      search={one === 'installation' ? { scope: one } : {}}
      resetScroll={false}
      aria-current={one === chain ? 'true' : undefined}
      className={pillClasses}
    >
      {name}
    </Link>
  );
  return (
    <div role="group" aria-label="Whose chain" className="flex flex-wrap gap-1">
      {choice('installation', 'Installation')}
      {choice('workspace', 'This workspace')}
    </div>
  );
}

function Verified({ found }: { readonly found: WireAuditVerification }) {
  const { problem, head } = found;
  if (problem !== null) {
    return (
      <Notice tone="bad">
        <strong>The chain is broken.</strong> {problem.message} The rows before it are as they were written.
        {problem.row_id === null ? null : (
          <div className="mt-0.5 text-xs">
            Row <code className="break-all select-all">{problem.row_id}</code>
          </div>
        )}
      </Notice>
    );
  }
  return (
    <Notice tone="ok">
      <strong>The chain is whole.</strong> {countOf(found.rows, 'row')} walked in{' '}
      {formatDuration(found.duration_ms)}, at {formatMoment(found.verified_at)}.
      {found.erased_rows === 0 ? '' : ` The details of ${countOf(found.erased_rows, 'row')} were erased.`}
      {head === null ? null : (
        <div className="mt-0.5 text-xs text-muted">
          Signed with <code className="break-all">{head.key_id}</code> up to row {head.sequence}.
        </div>
      )}
    </Notice>
  );
}

function Rows({ chain }: { readonly chain: AuditChain }) {
  const { scope: _scope, ...search } = useSearch({ from: '/w/$workspaceId/audit' });
  const rows = useAuditRows(chain, filterOf(search));
  return (
    <Panel flush title="What happened" note="newest first">
      <AuditFilters search={search} />
      <RowList rows={rows} filtered={Object.keys(search).length > 0} />
    </Panel>
  );
}

function RowList({
  rows,
  filtered,
}: {
  readonly rows: ReturnType<typeof useAuditRows>;
  readonly filtered: boolean;
}) {
  if (rows.isPending) return <Loading rows={6} label="Reading the audit log" />;
  if (rows.error && rows.items.length === 0) {
    return (
      <div className="p-4">
        <ErrorNotice error={rows.error} retry={rows.retry} />
      </div>
    );
  }
  if (rows.items.length === 0) {
    return filtered ? (
      <EmptyState icon="filter" title="Nothing like that stands in the log">
        Choose “Clear” to see everything.
      </EmptyState>
    ) : (
      <EmptyState icon="audit" title="Nothing has happened yet">
        Change an agent, or let one call a tool: it is recorded here before it is done.
      </EmptyState>
    );
  }
  return (
    <VirtualList
      label="Audit log"
      items={rows.items}
      keyOf={(row) => row.id}
      hasMore={rows.hasMore}
      loadMore={rows.loadMore}
      renderRow={(row) => <AuditRow row={row} />}
    />
  );
}
