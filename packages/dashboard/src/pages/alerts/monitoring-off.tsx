/** What the pages of metrics and alerts say of a server that does not watch itself. */
import { EmptyState } from '../../components/feedback.tsx';
import { useIsOperator } from '../../data/session.ts';

/** Says that it is switched off, and what switches it on. */
export function MonitoringOff() {
  const isOperator = useIsOperator();
  return (
    <EmptyState icon="metrics" title="Monitoring is switched off">
      The server was started with <code className="font-mono text-xs">METRICS=false</code>: it measures
      nothing, keeps no history and alerts of nothing.{' '}
      {isOperator ? (
        <>
          To switch monitoring on, take that variable out of the server’s environment or set{' '}
          <code className="font-mono text-xs">METRICS=true</code>, and start the server again.
        </>
      ) : (
        'Whoever runs the server can switch monitoring on, by starting it without that variable.'
      )}
    </EmptyState>
  );
}
