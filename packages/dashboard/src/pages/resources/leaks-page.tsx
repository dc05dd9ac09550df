/** What was forgotten: the most severe first, with the evidence, and how such verdicts have turned out. */
import { useAddressedScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState, ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { useLeaks, useLeakScan, useResourceSummary } from '../../data/resources.ts';
import { useIsOperator } from '../../data/session.ts';
import { countOf } from '../../format/number.ts';
import { AccuracyFigures } from './accuracy-figures.tsx';
import { LeakRow } from './leak-row.tsx';

/** The page. */
export function LeaksPage() {
  const { scope } = useAddressedScope();
  const leaks = useLeaks(scope);
  const accuracy = useResourceSummary(scope).data?.accuracy;
  const isOperator = useIsOperator();
  const scan = useLeakScan();
  const items = leaks.data?.data ?? [];
  const total = leaks.data?.total ?? 0;
  return (
    <div className="space-y-4">
      {accuracy === undefined ? null : <AccuracyFigures accuracy={accuracy} />}
      {scan.error ? <ErrorNotice error={scan.error} label="Looking failed" /> : null}
      {scan.data === undefined ? null : <Notice tone="ok">{scan.data.message}</Notice>}
      <Panel
        flush
        title="Leaks"
        note={
          total > items.length
            ? `${countOf(total, 'leak')}, the ${items.length} most severe are shown`
            : countOf(total, 'leak')
        }
        actions={
          isOperator ? (
            <Button icon="search" busy={scan.isPending} onClick={() => scan.mutate()}>
              Look now
            </Button>
          ) : undefined
        }
      >
        {leaks.isPending ? <Loading rows={4} label="Reading the leaks" /> : null}
        {leaks.error && items.length === 0 ? (
          <div className="p-4">
            <ErrorNotice error={leaks.error} retry={() => void leaks.refetch()} />
          </div>
        ) : null}
        {leaks.data !== undefined && items.length === 0 ? (
          <EmptyState icon="check" title="Nothing was forgotten">
            Everything open is looked at once a minute. A leak stands here with where it was opened, and goes
            by itself when it is closed or used again.
            {isOperator ? ' “Look now” does not wait for the minute.' : ''}
          </EmptyState>
        ) : null}
        <div className="divide-y divide-line">
          {items.map((leak) => (
            <LeakRow key={leak.leak_id} leak={leak} scope={scope} />
          ))}
        </div>
      </Panel>
    </div>
  );
}
