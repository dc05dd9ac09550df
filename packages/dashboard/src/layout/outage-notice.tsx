/** Says on every page that the bus is away, and that it recovers by itself. */
import { Link } from '@tanstack/react-router';

import { Notice } from '../components/feedback.tsx';
import { useHealth, useOutage } from '../data/health.ts';
import { useScope } from '../data/scope.ts';
import { useIsOperator } from '../data/session.ts';

/** The notice, while there is something to say; it keeps the reading of health going. */
export function OutageNotice() {
  const { workspaceId } = useScope();
  const operator = useIsOperator();
  useHealth();
  const outage = useOutage();
  if (outage === null) return null;
  return (
    <div className="mb-4">
      <Notice tone="warn">
        <p className="font-semibold">The event bus is away</p>
        <p>
          What is under way waits, and goes on by itself when it is back. Until then nothing here changes by
          itself.
        </p>
        <p className="mt-1 text-xs text-muted">
          {outage.join(' ')}{' '}
          {operator ? 'Its address is the server’s REDIS_URL.' : 'The operator has to see to it.'}{' '}
          <Link
            to="/w/$workspaceId/settings"
            params={{ workspaceId }}
            className="text-accent hover:underline"
          >
            All parts of the server
          </Link>
        </p>
      </Notice>
    </div>
  );
}
