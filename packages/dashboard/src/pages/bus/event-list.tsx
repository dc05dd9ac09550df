/** Events as lines, each leading to the event whole. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { Clock } from '../../components/time.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { useScope } from '../../data/scope.ts';
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
        <Link
          to="/w/$workspaceId/bus/messages/$eventId"
          params={{ workspaceId, eventId: line.id }}
          className="flex flex-wrap items-baseline gap-x-3 px-4 py-1.5 hover:bg-hover/60 sm:flex-nowrap"
        >
          <span className="w-24 shrink-0 text-xs text-muted">
            <Clock at={line.timestamp} />
          </span>
          <span className="shrink-0 font-medium">{line.type}</span>
          <span className="min-w-0 flex-1 truncate text-muted max-sm:basis-full">{describeEvent(line)}</span>
          <span className="hidden shrink-0 text-xs text-muted md:block">{line.channel}</span>
        </Link>
      )}
    />
  );
}
