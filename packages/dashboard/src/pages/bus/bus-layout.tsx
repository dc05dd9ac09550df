/** The bus: its state, its views, a way to find an event and to publish one. */
import type { BusHealth } from '@raptorflow/contract';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { PageHeader } from '../../components/panel.tsx';
import { StatusBadge } from '../../components/status.tsx';
import { TabLinks } from '../../components/tabs.tsx';
import { useBusHealth } from '../../data/bus.ts';
import { useOutage } from '../../data/health.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator, useSession } from '../../data/session.ts';
import { formatBytes, formatCount } from '../../format/number.ts';
import { PublishDialog } from './publish-dialog.tsx';

/** The frame of the bus's pages. */
export function BusLayout() {
  const { workspaceId } = useScope();
  const role = useSession().workspaces.find((one) => one.workspace_id === workspaceId)?.role;
  const operator = useIsOperator();
  const health = useBusHealth();
  const outage = useOutage();
  const [publishing, setPublishing] = useState(false);
  const dead = Object.values(health.data?.dead_letters ?? {}).reduce((sum, count) => sum + count, 0);
  const params = { workspaceId };
  return (
    <>
      <PageHeader
        title="Bus"
        actions={
          <>
            <FindMessage />
            {role === 'owner' || role === 'admin' ? (
              <Button onClick={() => setPublishing(true)}>Publish</Button>
            ) : null}
          </>
        }
      >
        {health.data ? <HealthLine health={health.data} /> : null}
      </PageHeader>
      {health.data && health.data.reasons.length > 0 && outage === null ? (
        <div className="mb-4">
          <Notice tone={health.data.status === 'degraded' ? 'warn' : 'bad'}>
            {health.data.reasons.join(' ')}
          </Notice>
        </div>
      ) : null}
      <TabLinks
        label="Bus"
        tabs={[
          ...(operator
            ? [{ label: 'Channels', exact: true, link: { to: '/w/$workspaceId/bus', params } } as const]
            : []),
          { label: 'Live tail', link: { to: '/w/$workspaceId/bus/tail', params } },
          {
            label: dead === 0 ? 'Dead letters' : `Dead letters (${formatCount(dead)})`,
            link: { to: '/w/$workspaceId/bus/dead-letters', params },
          },
          { label: 'Trace', link: { to: '/w/$workspaceId/bus/trace', params } },
        ]}
      />
      <Outlet />
      {publishing ? <PublishDialog onClose={() => setPublishing(false)} /> : null}
    </>
  );
}

const durabilities: Readonly<Record<string, string>> = {
  fsync: 'survives kill -9 and power loss',
  process: 'survives kill -9',
  none: 'kept in memory only',
};

function HealthLine({ health }: { readonly health: BusHealth }) {
  const facts = [
    `${health.engine}${health.engine_version === null ? '' : ` ${health.engine_version}`}`,
    `${health.durability}${durabilities[health.durability] === undefined ? '' : ` (${durabilities[health.durability]})`}`,
    health.stored_bytes === null ? null : `${formatBytes(health.stored_bytes)} stored`,
    health.used_memory_mb === null ? null : `${formatCount(Math.round(health.used_memory_mb))} MB of memory`,
  ];
  return (
    <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
      <StatusBadge status={health.status} />
      <span>{facts.filter(Boolean).join(', ')}</span>
    </div>
  );
}

function FindMessage() {
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  const [eventId, setEventId] = useState('');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void navigate({
      to: '/w/$workspaceId/bus/messages/$eventId',
      params: { workspaceId, eventId: eventId.trim() },
    });
  };
  return (
    <form role="search" onSubmit={submit} className="flex items-center gap-2">
      <TextField
        label="Find an event by its id"
        hideLabel
        type="search"
        placeholder="Event id: evt_…"
        className="w-56"
        required
        pattern="\s*[A-Za-z0-9._:\-]+\s*"
        value={eventId}
        onChange={(event) => setEventId(event.target.value)}
      />
      <Button type="submit" icon="search">
        Find
      </Button>
    </form>
  );
}
