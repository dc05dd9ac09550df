/** The machine that the server runs on, and how the server fares: three views. */
import { Outlet } from '@tanstack/react-router';

import { PageHeader } from '../../components/panel.tsx';
import { TabLinks } from '../../components/tabs.tsx';
import { useScope } from '../../data/scope.ts';
import { useIsOperator } from '../../data/session.ts';

/** The frame of the host's pages. */
export function HostLayout() {
  const { workspaceId } = useScope();
  const isOperator = useIsOperator();
  const params = { workspaceId };
  return (
    <>
      <PageHeader
        title="Host"
        note="The machine that this server runs on, the monitor’s log, and the operations that call the world outside."
      />
      <TabLinks
        label="Host"
        tabs={[
          { label: 'Machine', exact: true, link: { to: '/w/$workspaceId/host', params } },
          ...(isOperator
            ? [{ label: 'Live log', link: { to: '/w/$workspaceId/host/log', params } } as const]
            : []),
          { label: 'Periscope', link: { to: '/w/$workspaceId/host/operations', params } },
        ]}
      />
      <Outlet />
    </>
  );
}
