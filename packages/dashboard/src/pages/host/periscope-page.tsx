/** Periscope: the operations with their breakers, what is wrong with them, their errors, and the pipelines. */
import type { PeriscopeOperations } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Figure, Panel } from '../../components/panel.tsx';
import { StatusBadge } from '../../components/status.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { useOperations } from '../../data/periscope.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator } from '../../data/session.ts';
import { formatCount } from '../../format/number.ts';
import { ErrorPanel } from './error-panel.tsx';
import { OperationRow } from './operation-row.tsx';
import { PipelinePanel } from './pipeline-panel.tsx';
import { ReasonList } from './reason-list.tsx';

/** The page. */
export function PeriscopePage() {
  const isOperator = useIsOperator();
  const operations = useOperations();
  return (
    <div className="space-y-4">
      {operations.isPending ? (
        <Loading rows={6} label="Reading the operations" />
      ) : operations.data ? (
        <Operations reading={operations.data} />
      ) : (
        <ErrorNotice
          label="Failed to read the operations"
          error={operations.error}
          retry={() => void operations.refetch()}
        />
      )}
      <PipelinePanel />
      {isOperator ? <ErrorPanel /> : null}
    </div>
  );
}

function Operations({ reading }: { readonly reading: PeriscopeOperations }) {
  const { items, reasons } = reading;
  return (
    <>
      <Figures reading={reading} />
      {reasons.length === 0 ? null : (
        <Panel title="What is wrong">
          <ReasonList reasons={reasons} />
        </Panel>
      )}
      <Panel flush title="Operations" note="of this server, since it started">
        {items.length === 0 ? (
          <EmptyState icon="runs" title="No operation has run yet">
            Operations appear when the server first calls a model, a feed or a webhook. Run a campaign to see
            some.
          </EmptyState>
        ) : (
          <VirtualList
            label="Operations"
            items={items}
            keyOf={({ name }) => name}
            renderRow={(operation) => <OperationRow operation={operation} toldAbove={reasons} />}
          />
        )}
      </Panel>
    </>
  );
}

function Figures({ reading }: { readonly reading: PeriscopeOperations }) {
  const { workspaceId } = useScope();
  const { items, status, dead_letters: dead } = reading;
  const sum = (read: (one: (typeof items)[number]) => number): number =>
    items.reduce((total, one) => total + read(one), 0);
  const notClosed = items.flatMap(({ breakers }) => breakers).filter(({ state }) => state !== 'closed');
  // Operations that depend on one thing share its breaker.
  const tripped = new Set(notClosed.map(({ name }) => name)).size;
  return (
    <div className="grid grid-cols-2 gap-3 md:grid-cols-4">
      <Figure label="Operations" value={<StatusBadge status={status} />} note={`${items.length} known`} />
      <Figure
        label="Calls"
        value={formatCount(sum(({ calls }) => calls))}
        note={`${formatCount(sum(({ failures }) => failures))} failed, ${formatCount(sum(({ running }) => running))} running`}
      />
      <Figure label="Breakers not closed" value={formatCount(tripped)} note="now" />
      <Figure
        label="Dead letters"
        value={
          <Link
            to="/w/$workspaceId/bus/dead-letters"
            params={{ workspaceId }}
            className="text-accent hover:underline"
            aria-label={`${formatCount(dead)} dead letters, show them`}
          >
            {formatCount(dead)}
          </Link>
        }
        note="kept on the bus"
      />
    </div>
  );
}
