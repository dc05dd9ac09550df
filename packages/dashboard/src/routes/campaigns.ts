/** The addresses of campaigns. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { readSearch } from '../search.ts';
import { inWorkspace } from './root.ts';

const campaigns = createRoute({
  ...inWorkspace,
  path: 'campaigns',
  validateSearch: readSearch('status'),
  component: lazyRouteComponent(() => import('../pages/campaigns/campaign-list.tsx'), 'CampaignListPage'),
});
const newCampaign = createRoute({
  ...inWorkspace,
  path: 'campaigns/new',
  component: lazyRouteComponent(() => import('../pages/campaigns/new-campaign.tsx'), 'NewCampaignPage'),
});
const campaign = createRoute({
  ...inWorkspace,
  path: 'campaigns/$campaignId',
  component: lazyRouteComponent(() => import('../pages/campaigns/campaign-layout.tsx'), 'CampaignLayout'),
});
const inCampaign = { getParentRoute: () => campaign };
const board = createRoute({
  ...inCampaign,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/campaigns/stage-board.tsx'), 'StageBoardPage'),
});
const brief = createRoute({
  ...inCampaign,
  path: 'brief',
  validateSearch: readSearch('source', 'start', 'end'),
  component: lazyRouteComponent(() => import('../pages/campaigns/war-brief.tsx'), 'WarBriefPage'),
});
const plan = createRoute({
  ...inCampaign,
  path: 'plan',
  validateSearch: readSearch('source', 'start', 'end'),
  component: lazyRouteComponent(() => import('../pages/campaigns/plan.tsx'), 'PlanPage'),
});
const assets = createRoute({
  ...inCampaign,
  path: 'assets',
  validateSearch: readSearch('asset', 'source', 'start', 'end'),
  component: lazyRouteComponent(() => import('../pages/campaigns/assets.tsx'), 'AssetsPage'),
});
const campaignRuns = createRoute({
  ...inCampaign,
  path: 'runs',
  component: lazyRouteComponent(() => import('../pages/campaigns/campaign-runs.tsx'), 'CampaignRunsPage'),
});

/** Below the workspace. */
export const campaignRoutes = [
  campaigns,
  newCampaign,
  campaign.addChildren([board, brief, plan, assets, campaignRuns]),
] as const;
