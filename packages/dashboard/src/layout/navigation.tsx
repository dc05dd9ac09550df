/** The way around: the same links in the side bar and in a phone's drawer. */
import { Link } from '@tanstack/react-router';
import { useId } from 'react';

import { Icon, type IconName } from '../components/icon.tsx';
import { useFiringAlerts } from '../data/alerts.ts';

const places = [
  { to: '/w/$workspaceId', label: 'Overview', icon: 'overview', exact: true },
  { to: '/w/$workspaceId/campaigns', label: 'Campaigns', icon: 'campaign', exact: false },
  { to: '/w/$workspaceId/documents', label: 'Documents', icon: 'document', exact: false },
  { to: '/w/$workspaceId/agents', label: 'Agents', icon: 'agents', exact: false },
  { to: '/w/$workspaceId/runs', label: 'Runs', icon: 'runs', exact: false },
  { to: '/w/$workspaceId/bus', label: 'Bus', icon: 'bus', exact: false },
  { to: '/w/$workspaceId/metrics', label: 'Metrics', icon: 'metrics', exact: false },
  { to: '/w/$workspaceId/alerts', label: 'Alerts', icon: 'alerts', exact: false },
  { to: '/w/$workspaceId/resources', label: 'Resources', icon: 'resources', exact: false },
  { to: '/w/$workspaceId/host', label: 'Host', icon: 'system', exact: false },
  { to: '/w/$workspaceId/costs', label: 'Costs', icon: 'costs', exact: false },
  { to: '/w/$workspaceId/audit', label: 'Audit', icon: 'audit', exact: false },
] as const;

const below = [
  { to: '/w/$workspaceId/welcome', label: 'First steps', icon: 'spark', exact: false },
  { to: '/w/$workspaceId/settings', label: 'Settings', icon: 'settings', exact: false },
] as const;

interface Place {
  readonly to: (typeof places)[number]['to'] | (typeof below)[number]['to'];
  readonly label: string;
  readonly icon: IconName;
  readonly exact: boolean;
}

function PlaceLinks({
  list,
  workspaceId,
  onGo,
}: {
  readonly list: readonly Place[];
  readonly workspaceId: string;
  readonly onGo: (() => void) | undefined;
}) {
  const countId = useId();
  const { workspace, installation } = useFiringAlerts();
  const firing = workspace.length + installation.length;
  return (
    <ul className="space-y-0.5">
      {list.map((place) => {
        const isCounted = place.icon === 'alerts' && firing > 0;
        return (
          <li key={place.to}>
            <Link
              to={place.to}
              params={{ workspaceId }}
              activeOptions={{ exact: place.exact }}
              onClick={onGo}
              aria-describedby={isCounted ? countId : undefined}
              className="flex h-9 items-center gap-2.5 rounded-md px-2.5 text-muted hover:bg-hover hover:text-text aria-[current=page]:bg-hover aria-[current=page]:font-semibold aria-[current=page]:text-text md:h-8"
            >
              <Icon name={place.icon} />
              {place.label}
              {isCounted ? <FiringCount id={countId} count={firing} /> : null}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

/** How much fires; it describes the link, whose name stays the place's. */
function FiringCount({ id, count }: { readonly id: string; readonly count: number }) {
  return (
    <span
      id={id}
      aria-hidden="true"
      title={`${count} firing`}
      className="ml-auto rounded-full bg-bad-soft px-1.5 text-2xs font-semibold text-bad tabular"
    >
      {count}
      <span className="sr-only"> firing</span>
    </span>
  );
}

/** All places of the workspace; `onGo` closes the drawer that holds them. */
export function Navigation({
  workspaceId,
  onGo,
}: {
  readonly workspaceId: string;
  readonly onGo?: () => void;
}) {
  return (
    <nav aria-label="Workspace" className="flex h-full flex-col justify-between gap-6">
      <PlaceLinks list={places} workspaceId={workspaceId} onGo={onGo} />
      <PlaceLinks list={below} workspaceId={workspaceId} onGo={onGo} />
    </nav>
  );
}
