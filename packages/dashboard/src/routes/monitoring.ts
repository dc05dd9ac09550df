/** The addresses of metrics and alerts. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { readSearch } from '../search.ts';
import { inWorkspace } from './root.ts';

const metrics = createRoute({
  ...inWorkspace,
  path: 'metrics',
  validateSearch: readSearch('metric', 'by', 'range', 'from', 'to', 'tags', 'scope'),
  component: lazyRouteComponent(() => import('../pages/metrics/metrics-page.tsx'), 'MetricsPage'),
});

const alerts = createRoute({
  ...inWorkspace,
  path: 'alerts',
  validateSearch: readSearch('scope'),
  component: lazyRouteComponent(() => import('../pages/alerts/alerts-layout.tsx'), 'AlertsLayout'),
});
const inAlerts = { getParentRoute: () => alerts };
const activeAlerts = createRoute({
  ...inAlerts,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/alerts/active-alerts.tsx'), 'ActiveAlertsPage'),
});
const alertRules = createRoute({
  ...inAlerts,
  path: 'rules',
  component: lazyRouteComponent(() => import('../pages/alerts/rule-list.tsx'), 'RulesPage'),
});
const alertHistory = createRoute({
  ...inAlerts,
  path: 'history',
  validateSearch: readSearch('rule', 'state'),
  component: lazyRouteComponent(() => import('../pages/alerts/alert-history.tsx'), 'AlertHistoryPage'),
});
const silences = createRoute({
  ...inAlerts,
  path: 'silences',
  component: lazyRouteComponent(() => import('../pages/alerts/silence-list.tsx'), 'SilencesPage'),
});
const maintenance = createRoute({
  ...inAlerts,
  path: 'maintenance',
  component: lazyRouteComponent(() => import('../pages/alerts/maintenance-list.tsx'), 'MaintenancePage'),
});
const newAlertRule = createRoute({
  ...inWorkspace,
  // Not below the rules: there each name that a rule may have is an address.
  path: 'alerts/new-rule',
  validateSearch: readSearch('scope', 'metric', 'by', 'tags'),
  component: lazyRouteComponent(() => import('../pages/alerts/rule-page.tsx'), 'NewRulePage'),
});
const alertRule = createRoute({
  ...inWorkspace,
  path: 'alerts/rules/$name',
  validateSearch: readSearch('scope'),
  component: lazyRouteComponent(() => import('../pages/alerts/rule-page.tsx'), 'RulePage'),
});

/** Below the workspace. */
export const monitoringRoutes = [
  metrics,
  alerts.addChildren([activeAlerts, alertRules, alertHistory, silences, maintenance]),
  newAlertRule,
  alertRule,
] as const;
