/** Every address of the dashboard; those of rooms with several pages stand in `routes`. Pages load when they are first visited. */
import type { QueryClient } from '@tanstack/react-query';
import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';

import { FailurePage, NotFoundPage } from './layout/plain-page.tsx';
import { busRoutes } from './routes/bus.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { hostRoutes } from './routes/host.ts';
import { monitoringRoutes } from './routes/monitoring.ts';
import { resourceRoutes } from './routes/resources.ts';
import { home, inWorkspace, invitation, root, signIn, workspace } from './routes/root.ts';
import { parseSearch, readSearch, stringifySearch } from './search.ts';

const overview = createRoute({
  ...inWorkspace,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview.tsx'), 'OverviewPage'),
});
const welcome = createRoute({
  ...inWorkspace,
  path: 'welcome',
  component: lazyRouteComponent(() => import('./pages/welcome.tsx'), 'WelcomePage'),
});

const documents = createRoute({
  ...inWorkspace,
  path: 'documents',
  component: lazyRouteComponent(() => import('./pages/documents/document-list.tsx'), 'DocumentListPage'),
});
const document = createRoute({
  ...inWorkspace,
  path: 'documents/$documentId',
  validateSearch: readSearch('start', 'end'),
  component: lazyRouteComponent(() => import('./pages/documents/document-page.tsx'), 'DocumentPage'),
});

const agents = createRoute({
  ...inWorkspace,
  path: 'agents',
  component: lazyRouteComponent(() => import('./pages/agents/agent-map.tsx'), 'AgentMapPage'),
});
const agent = createRoute({
  ...inWorkspace,
  path: 'agents/$agentId',
  component: lazyRouteComponent(() => import('./pages/agents/agent-page.tsx'), 'AgentPage'),
});

const runs = createRoute({
  ...inWorkspace,
  path: 'runs',
  validateSearch: readSearch('status'),
  component: lazyRouteComponent(() => import('./pages/runs/run-list.tsx'), 'RunListPage'),
});
const run = createRoute({
  ...inWorkspace,
  path: 'runs/$runId',
  validateSearch: readSearch('view'),
  component: lazyRouteComponent(() => import('./pages/runs/run-page.tsx'), 'RunPage'),
});

const costs = createRoute({
  ...inWorkspace,
  path: 'costs',
  validateSearch: readSearch('by'),
  component: lazyRouteComponent(() => import('./pages/costs/costs-page.tsx'), 'CostsPage'),
});
const audit = createRoute({
  ...inWorkspace,
  path: 'audit',
  validateSearch: readSearch('action', 'phase', 'by', 'id', 'from', 'to', 'scope'),
  component: lazyRouteComponent(() => import('./pages/audit/audit-page.tsx'), 'AuditPage'),
});
const settings = createRoute({
  ...inWorkspace,
  path: 'settings',
  component: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
});

const routeTree = root.addChildren([
  home,
  signIn,
  invitation,
  workspace.addChildren([
    overview,
    welcome,
    ...campaignRoutes,
    documents,
    document,
    agents,
    agent,
    runs,
    run,
    ...busRoutes,
    ...monitoringRoutes,
    ...resourceRoutes,
    ...hostRoutes,
    costs,
    audit,
    settings,
  ]),
]);

/** Makes the router over a cache. */
export function createDashboardRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    // The cache decides what is fresh, not the router.
    defaultPreloadStaleTime: 0,
    defaultNotFoundComponent: NotFoundPage,
    defaultErrorComponent: FailurePage,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createDashboardRouter>;
  }
}
