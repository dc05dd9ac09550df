/** The addresses of the machine and its operations. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { readSearch } from '../search.ts';
import { inWorkspace } from './root.ts';

const host = createRoute({
  ...inWorkspace,
  path: 'host',
  component: lazyRouteComponent(() => import('../pages/host/host-layout.tsx'), 'HostLayout'),
});
const inHost = { getParentRoute: () => host };
const machine = createRoute({
  ...inHost,
  path: '/',
  validateSearch: readSearch('range'),
  component: lazyRouteComponent(() => import('../pages/host/machine-page.tsx'), 'MachinePage'),
});
const hostLog = createRoute({
  ...inHost,
  path: 'log',
  validateSearch: readSearch('level', 'text'),
  component: lazyRouteComponent(() => import('../pages/host/live-log.tsx'), 'LiveLogPage'),
});
const operations = createRoute({
  ...inHost,
  path: 'operations',
  component: lazyRouteComponent(() => import('../pages/host/periscope-page.tsx'), 'PeriscopePage'),
});

/** Below the workspace. */
export const hostRoutes = [host.addChildren([machine, hostLog, operations])] as const;
