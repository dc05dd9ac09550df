/** Every address of the dashboard. Pages load when they are first visited. */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
} from '@tanstack/react-router';

import { campaignListQuery } from './data/campaigns.ts';
import { api } from './data/scope.ts';
import { FailurePage, NotFoundPage } from './layout/plain-page.tsx';
import { requireSession } from './layout/require-session.ts';
import { keepInvitation } from './pages/invitation-code.ts';
import { parseSearch, readSearch, stringifySearch } from './search.ts';

interface Context {
  readonly queryClient: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: FailurePage,
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async ({ context, location }): Promise<void> => {
    const session = await requireSession(context, location.href);
    const workspaceId = session.workspaces[0]?.workspace_id;
    if (workspaceId === undefined) {
      notFound({ throw: true });
      return;
    }
    const scope = { workspaceId, api: api.inWorkspace(workspaceId) };
    const campaigns = await context.queryClient.infiniteQuery(campaignListQuery(scope));
    const isFirstVisit = campaigns.pages.every((page) => page.items.length === 0);
    redirect({
      to: isFirstVisit ? '/w/$workspaceId/welcome' : '/w/$workspaceId',
      params: { workspaceId },
      throw: true,
    });
  },
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: readSearch('to'),
  component: lazyRouteComponent(() => import('./pages/sign-in.tsx'), 'SignInPage'),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  beforeLoad: async ({ context }): Promise<void> => {
    // Before anything leads away from here: the code must not go along in an address.
    keepInvitation();
    await requireSession(context, '/invitation');
  },
  component: lazyRouteComponent(() => import('./pages/invitation.tsx'), 'InvitationPage'),
});

const workspace = createRoute({
  getParentRoute: () => root,
  path: '/w/$workspaceId',
  beforeLoad: async ({ context, location, params }): Promise<void> => {
    const session = await requireSession(context, location.href);
    const isMember = session.workspaces.some((one) => one.workspace_id === params.workspaceId);
    if (!isMember) notFound({ throw: true });
  },
  component: lazyRouteComponent(() => import('./layout/workspace-layout.tsx'), 'WorkspaceLayout'),
});

const inWorkspace = { getParentRoute: () => workspace };

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

const campaigns = createRoute({
  ...inWorkspace,
  path: 'campaigns',
  validateSearch: readSearch('status'),
  component: lazyRouteComponent(() => import('./pages/campaigns/campaign-list.tsx'), 'CampaignListPage'),
});
const newCampaign = createRoute({
  ...inWorkspace,
  path: 'campaigns/new',
  component: lazyRouteComponent(() => import('./pages/campaigns/new-campaign.tsx'), 'NewCampaignPage'),
});
const campaign = createRoute({
  ...inWorkspace,
  path: 'campaigns/$campaignId',
  component: lazyRouteComponent(() => import('./pages/campaigns/campaign-layout.tsx'), 'CampaignLayout'),
});
const inCampaign = { getParentRoute: () => campaign };
const board = createRoute({
  ...inCampaign,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/campaigns/stage-board.tsx'), 'StageBoardPage'),
});
const brief = createRoute({
  ...inCampaign,
  path: 'brief',
  validateSearch: readSearch('source', 'start', 'end'),
  component: lazyRouteComponent(() => import('./pages/campaigns/war-brief.tsx'), 'WarBriefPage'),
});
const plan = createRoute({
  ...inCampaign,
  path: 'plan',
  validateSearch: readSearch('source', 'start', 'end'),
  component: lazyRouteComponent(() => import('./pages/campaigns/plan.tsx'), 'PlanPage'),
});
const assets = createRoute({
  ...inCampaign,
  path: 'assets',
  validateSearch: readSearch('asset', 'source', 'start', 'end'),
  component: lazyRouteComponent(() => import('./pages/campaigns/assets.tsx'), 'AssetsPage'),
});
const campaignRuns = createRoute({
  ...inCampaign,
  path: 'runs',
  component: lazyRouteComponent(() => import('./pages/campaigns/campaign-runs.tsx'), 'CampaignRunsPage'),
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

const bus = createRoute({
  ...inWorkspace,
  path: 'bus',
  component: lazyRouteComponent(() => import('./pages/bus/bus-layout.tsx'), 'BusLayout'),
});
const inBus = { getParentRoute: () => bus };
const channels = createRoute({
  ...inBus,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/bus/channel-list.tsx'), 'ChannelListPage'),
});
const channel = createRoute({
  ...inBus,
  path: 'channels/$name',
  component: lazyRouteComponent(() => import('./pages/bus/channel-page.tsx'), 'ChannelPage'),
});
const tail = createRoute({
  ...inBus,
  path: 'tail',
  validateSearch: readSearch('filter'),
  component: lazyRouteComponent(() => import('./pages/bus/live-tail.tsx'), 'LiveTailPage'),
});
const deadLetters = createRoute({
  ...inBus,
  path: 'dead-letters',
  validateSearch: readSearch('reason', 'letter'),
  component: lazyRouteComponent(() => import('./pages/bus/dead-letters.tsx'), 'DeadLettersPage'),
});
const message = createRoute({
  ...inBus,
  path: 'messages/$eventId',
  component: lazyRouteComponent(() => import('./pages/bus/message-page.tsx'), 'MessagePage'),
});

const traceSearch = createRoute({
  ...inBus,
  path: 'trace',
  component: lazyRouteComponent(() => import('./pages/trace/trace-page.tsx'), 'TraceSearchPage'),
});
const trace = createRoute({
  ...inBus,
  path: 'trace/$id',
  component: lazyRouteComponent(() => import('./pages/trace/trace-page.tsx'), 'TracePage'),
});

const metrics = createRoute({
  ...inWorkspace,
  path: 'metrics',
  validateSearch: readSearch('metric', 'by', 'range', 'from', 'to', 'tags', 'scope'),
  component: lazyRouteComponent(() => import('./pages/metrics/metrics-page.tsx'), 'MetricsPage'),
});

const alerts = createRoute({
  ...inWorkspace,
  path: 'alerts',
  validateSearch: readSearch('scope'),
  component: lazyRouteComponent(() => import('./pages/alerts/alerts-layout.tsx'), 'AlertsLayout'),
});
const inAlerts = { getParentRoute: () => alerts };
const activeAlerts = createRoute({
  ...inAlerts,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/alerts/active-alerts.tsx'), 'ActiveAlertsPage'),
});
const alertRules = createRoute({
  ...inAlerts,
  path: 'rules',
  component: lazyRouteComponent(() => import('./pages/alerts/rule-list.tsx'), 'RulesPage'),
});
const alertHistory = createRoute({
  ...inAlerts,
  path: 'history',
  validateSearch: readSearch('rule', 'state'),
  component: lazyRouteComponent(() => import('./pages/alerts/alert-history.tsx'), 'AlertHistoryPage'),
});
const silences = createRoute({
  ...inAlerts,
  path: 'silences',
  component: lazyRouteComponent(() => import('./pages/alerts/silence-list.tsx'), 'SilencesPage'),
});
const maintenance = createRoute({
  ...inAlerts,
  path: 'maintenance',
  component: lazyRouteComponent(() => import('./pages/alerts/maintenance-list.tsx'), 'MaintenancePage'),
});
const newAlertRule = createRoute({
  ...inWorkspace,
  // Not below the rules: there each name that a rule may have is an address.
  path: 'alerts/new-rule',
  validateSearch: readSearch('scope', 'metric', 'by', 'tags'),
  component: lazyRouteComponent(() => import('./pages/alerts/rule-page.tsx'), 'NewRulePage'),
});
const alertRule = createRoute({
  ...inWorkspace,
  path: 'alerts/rules/$name',
  validateSearch: readSearch('scope'),
  component: lazyRouteComponent(() => import('./pages/alerts/rule-page.tsx'), 'RulePage'),
});

const resources = createRoute({
  ...inWorkspace,
  path: 'resources',
  validateSearch: readSearch('scope', 'type', 'status'),
  component: lazyRouteComponent(() => import('./pages/resources/resources-layout.tsx'), 'ResourcesLayout'),
});
const inResources = { getParentRoute: () => resources };
const openResources = createRoute({
  ...inResources,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/resources/open-page.tsx'), 'OpenResourcesPage'),
});
const leaks = createRoute({
  ...inResources,
  path: 'leaks',
  component: lazyRouteComponent(() => import('./pages/resources/leaks-page.tsx'), 'LeaksPage'),
});
const quotas = createRoute({
  ...inResources,
  path: 'quotas',
  component: lazyRouteComponent(() => import('./pages/resources/quotas-page.tsx'), 'QuotasPage'),
});
const cleanup = createRoute({
  ...inResources,
  path: 'cleanup',
  validateSearch: readSearch('task'),
  component: lazyRouteComponent(() => import('./pages/cleanup/cleanup-page.tsx'), 'CleanupPage'),
});
const advice = createRoute({
  ...inResources,
  path: 'advice',
  validateSearch: readSearch('priority', 'kind', 'series'),
  component: lazyRouteComponent(() => import('./pages/advice/advice-page.tsx'), 'AdvicePage'),
});

const host = createRoute({
  ...inWorkspace,
  path: 'host',
  component: lazyRouteComponent(() => import('./pages/host/host-layout.tsx'), 'HostLayout'),
});
const inHost = { getParentRoute: () => host };
const machine = createRoute({
  ...inHost,
  path: '/',
  validateSearch: readSearch('range'),
  component: lazyRouteComponent(() => import('./pages/host/machine-page.tsx'), 'MachinePage'),
});
const hostLog = createRoute({
  ...inHost,
  path: 'log',
  validateSearch: readSearch('level', 'text'),
  component: lazyRouteComponent(() => import('./pages/host/live-log.tsx'), 'LiveLogPage'),
});
const operations = createRoute({
  ...inHost,
  path: 'operations',
  component: lazyRouteComponent(() => import('./pages/host/periscope-page.tsx'), 'PeriscopePage'),
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
    campaigns,
    newCampaign,
    campaign.addChildren([board, brief, plan, assets, campaignRuns]),
    documents,
    document,
    agents,
    agent,
    runs,
    run,
    bus.addChildren([channels, channel, tail, deadLetters, message, traceSearch, trace]),
    metrics,
    alerts.addChildren([activeAlerts, alertRules, alertHistory, silences, maintenance]),
    newAlertRule,
    alertRule,
    resources.addChildren([openResources, leaks, quotas, cleanup, advice]),
    host.addChildren([machine, hostLog, operations]),
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
