/** The addresses of resources. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { readSearch } from '../search.ts';
import { inWorkspace } from './root.ts';

const resources = createRoute({
  ...inWorkspace,
  path: 'resources',
  validateSearch: readSearch('scope', 'type', 'status'),
  component: lazyRouteComponent(() => import('../pages/resources/resources-layout.tsx'), 'ResourcesLayout'),
});
const inResources = { getParentRoute: () => resources };
const openResources = createRoute({
  ...inResources,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/resources/open-page.tsx'), 'OpenResourcesPage'),
});
const leaks = createRoute({
  ...inResources,
  path: 'leaks',
  component: lazyRouteComponent(() => import('../pages/resources/leaks-page.tsx'), 'LeaksPage'),
});
const quotas = createRoute({
  ...inResources,
  path: 'quotas',
  component: lazyRouteComponent(() => import('../pages/resources/quotas-page.tsx'), 'QuotasPage'),
});
const cleanup = createRoute({
  ...inResources,
  path: 'cleanup',
  validateSearch: readSearch('task'),
  component: lazyRouteComponent(() => import('../pages/cleanup/cleanup-page.tsx'), 'CleanupPage'),
});
const advice = createRoute({
  ...inResources,
  path: 'advice',
  validateSearch: readSearch('priority', 'kind', 'series'),
  component: lazyRouteComponent(() => import('../pages/advice/advice-page.tsx'), 'AdvicePage'),
});

/** Below the workspace. */
export const resourceRoutes = [
  resources.addChildren([openResources, leaks, quotas, cleanup, advice]),
] as const;
