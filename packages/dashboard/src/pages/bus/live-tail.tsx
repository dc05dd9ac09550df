/** Events of every channel as they are published, with a filter and a pause. */
import type { SocketFrame } from '@raptorflow/contract';
import { useState } from 'react';

import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { useOutage } from '../../data/health.ts';
import { useScope } from '../../data/scope.ts';
import { countOf } from '../../format/number.ts';
import { useFrames, useLive, useTail } from '../../live/live-context.ts';
import { linesOfFrames, matchesFilter } from './event-line.ts';
import { EventList } from './event-list.tsx';

/** The tail of this workspace and of the system's own events, as far as the reader may see them. */
export function LiveTailPage() {
  useTail('>');
  const { workspaceId } = useScope();
  const live = useLive();
  const frames = useFrames();
  const [filter, setFilter] = useState('');
  const [paused, setPaused] = useState<readonly SocketFrame[] | null>(null);
  const lines = linesOfFrames(paused ?? frames).filter((line) => matchesFilter(line, filter));
  const ofWorkspace = new Set(
    (paused ?? frames)
      .filter((frame) => frame.workspace_id === null || frame.workspace_id === workspaceId)
      .map((frame) => frame.event_id),
  );
  const shown = lines.filter((line) => ofWorkspace.has(line.id));
  const held = paused === null ? 0 : Math.max(0, frames.length - paused.length);
  return (
    <Panel
      flush
      title="Live tail"
      note={countOf(shown.length, 'event')}
      actions={
        <div className="flex flex-wrap items-center gap-2">
          <TextField
            label="Filter the events"
            hideLabel
            type="search"
            placeholder="Type, channel, words of the payload"
            className="w-64"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
          />
          <Button
            icon={paused === null ? 'pause' : 'play'}
            aria-pressed={paused !== null}
            onClick={() => setPaused(paused === null ? frames : null)}
          >
            {paused === null ? 'Pause' : held > 0 ? `Go on (${held} new)` : 'Go on'}
          </Button>
          <Button tone="quiet" onClick={() => live?.frames.clear()}>
            Clear
          </Button>
        </div>
      }
    >
      <EventList lines={shown} empty={<Waiting filtered={filter.trim() !== ''} />} />
    </Panel>
  );
}

function Waiting({ filtered }: { readonly filtered: boolean }) {
  const live = useLive();
  const isAway = useOutage() !== null;
  if (isAway) {
    return (
      <EmptyState icon="bus" title="Waiting for the bus">
        Nothing can be published while it is away. Events appear as soon as it is back.
      </EmptyState>
    );
  }
  if (live?.status !== 'open') {
    return (
      <EmptyState icon="bus" title="Waiting for the live connection">
        Events appear as soon as it stands again; what was stored meanwhile is under Channels.
      </EmptyState>
    );
  }
  return filtered ? (
    <EmptyState icon="filter" title="No event matches the filter">
      The tail goes on; matching events appear as they are published.
    </EmptyState>
  ) : (
    <EmptyState icon="bus" title="Listening">
      Nothing was published since you opened this page. Publish a test event above, or start a campaign.
    </EmptyState>
  );
}
