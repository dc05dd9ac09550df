/** How much of each kind is open, and closing what is not in use. */
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { Meter } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { useScope } from '../../data/scope.ts';
import { countOf, formatCount, formatPercent } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';
import { CloseDialog } from './close-dialog.tsx';
import { useReadOnlyReason } from './resource-rights.ts';
import { kindsByCount } from './resource-words.ts';

/** The panel; something has to be open. */
export function KindsPanel({
  scope,
  counts,
  total,
}: {
  readonly scope: MetricScope;
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
}) {
  const { workspaceId } = useScope();
  const reason = useReadOnlyReason();
  const [closing, setClosing] = useState<string | null>(null);
  const kinds = kindsByCount(counts);
  return (
    <Panel flush title="By kind" note={`${countOf(kinds.length, 'kind')}, the most numerous first`}>
      <ul aria-label="Kinds" className="divide-y divide-line">
        {kinds.map(([kind, count]) => (
          <li
            key={kind}
            className="grid grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-4 gap-y-1 px-4 py-2 sm:grid-cols-[12rem_minmax(0,1fr)_4rem_auto]"
          >
            <Link
              to="/w/$workspaceId/resources"
              params={{ workspaceId }}
              search={(search) => ({ ...search, type: kind })}
              resetScroll={false}
              className="truncate font-medium hover:text-accent hover:underline"
            >
              {humanize(kind)}
            </Link>
            <Meter
              fraction={total === 0 ? 0 : count / total}
              label={`${formatPercent(count / Math.max(1, total))} of what is open`}
              className="max-sm:hidden"
            />
            <span className="text-right tabular">{formatCount(count)}</span>
            <Button
              icon="trash"
              disabled={reason !== undefined}
              title={reason}
              aria-label={`Close ${humanize(kind)}`}
              onClick={() => setClosing(kind)}
            >
              Close…
            </Button>
          </li>
        ))}
      </ul>
      {closing === null ? null : (
        <CloseDialog scope={scope} kind={closing} onClose={() => setClosing(null)} />
      )}
    </Panel>
  );
}
