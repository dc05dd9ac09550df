/** What just happened in the workspace: stored state updates first, then live ones on top. */
import type { BusEvent, SocketFrame } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Ago } from '../../components/time.tsx';
import { useStoredEvents } from '../../data/bus.ts';
import { useScope } from '../../data/scope.ts';
import { useFrames } from '../../live/live-context.ts';
import { type EventLine, headlineOf, linesOfEvents, linesOfFrames, mergeLines } from './event-line.ts';

const shownMax = 12;
const channelName = 'sys.state.update';

/** A panel with the newest state updates of the workspace. */
export function RecentEvents() {
  const { workspaceId } = useScope();
  const stored = useStoredEvents(channelName);
  const frames: readonly SocketFrame[] = useFrames();
  const events: readonly BusEvent[] = stored.data?.items ?? [];
  const lines = mergeLines(
    linesOfFrames(
      frames.filter((frame) => frame.channel === channelName && frame.workspace_id === workspaceId),
    ),
    linesOfEvents(events.filter((event) => event.workspace_id === workspaceId)),
    shownMax,
  );
  return (
    <Panel
      flush
      title="Recent events"
      note={channelName}
      actions={
        <Link
          to="/w/$workspaceId/bus/tail"
          params={{ workspaceId }}
          className="text-xs text-accent hover:underline"
        >
          Live tail
        </Link>
      }
    >
      {stored.isPending ? <Loading rows={4} /> : null}
      {stored.error ? (
        <div className="p-4">
          <ErrorNotice error={stored.error} retry={() => void stored.refetch()} />
        </div>
      ) : null}
      {stored.data && lines.length === 0 ? (
        <EmptyState icon="bus" title="Nothing in the last 15 minutes">
          Start a campaign: its stages, agents and results appear here as they happen.
        </EmptyState>
      ) : null}
      <ol className="divide-y divide-line">
        {lines.map((line) => (
          <EventRow key={line.id} line={line} />
        ))}
      </ol>
    </Panel>
  );
}

function EventRow({ line }: { readonly line: EventLine }) {
  const { workspaceId } = useScope();
  return (
    <li className="relative flex items-baseline gap-3 px-4 py-1.5 hover:bg-hover/60">
      <Link
        to="/w/$workspaceId/bus/messages/$eventId"
        params={{ workspaceId, eventId: line.id }}
        title={line.type}
        className="min-w-0 flex-1 truncate after:absolute after:inset-0"
      >
        {headlineOf(line)}
      </Link>
      <span className="text-xs text-muted">
        <Ago at={line.timestamp} />
      </span>
    </li>
  );
}
