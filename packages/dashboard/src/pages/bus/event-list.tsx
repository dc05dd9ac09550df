/** Events as lines, each leading to the event whole and to its trace. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { Clock } from '../../components/time.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { useScope } from '../../data/scope.ts';
import { TraceLink } from '../trace/trace-link.tsx';
import { describeEvent, type EventLine } from './event-line.ts';

/** The list. */
export function EventList({
  lines,
  empty,
}: {
  readonly lines: readonly EventLine[];
  readonly empty: ReactNode;
}) {
  const { workspaceId } = useScope();
  if (lines.length === 0) return <>{empty}</>;
  return (
    <VirtualList
      label="Events"
      items={lines}
      keyOf={(line) => line.id}
      renderRow={(line) => (
        <div className="relative flex flex-wrap items-baseline gap-x-3 px-4 py-1.5 hover:bg-hover/60 sm:flex-nowrap">
          <span className="w-24 shrink-0 text-xs text-muted">
            <Clock at={line.timestamp} />
          </span>
          <Link
            to="/w/$workspaceId/bus/messages/$eventId"
            params={{ workspaceId, eventId: line.id }}
            className="shrink-0 font-medium after:absolute after:inset-0"
          >
            {line.type}
          </Link>
          <span className="min-w-0 flex-1 truncate text-muted max-sm:order-last max-sm:basis-full">
            {describeEvent(line)}
          </span>
          <span className="hidden shrink-0 text-xs text-muted md:block">{line.channel}</span>
          <TraceLink id={line.id} className="relative ml-auto shrink-0 text-xs text-accent hover:underline">
            Trace
          </TraceLink>
        </div>
      )}
    />
  );
}
