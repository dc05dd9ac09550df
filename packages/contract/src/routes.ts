/** Every route of the wire, by resource and operation: the platform registers from it, the client is typed by it. */
import { agentRoutes } from './agent.ts';
import { alertRoutes } from './alert-routes.ts';
import { analyticsRoutes } from './analytics.ts';
import { apiKeyRoutes } from './api-key.ts';
import { auditRoutes } from './audit.ts';
import { budgetRoutes } from './budget.ts';
import { busRoutes } from './bus-routes.ts';
import { campaignRoutes } from './campaign-routes.ts';
import { chatRoutes } from './chat.ts';
import { cleanupRoutes } from './cleanup.ts';
import { costRoutes } from './cost-routes.ts';
import { dispatchRoutes } from './dispatch.ts';
import { documentRoutes } from './document.ts';
import { healthRoutes } from './health.ts';
import { invitationRoutes, memberRoutes } from './member.ts';
import { metricRoutes } from './metric.ts';
import { modelRoutes } from './model.ts';
import { periscopeRoutes } from './periscope.ts';
import { proofRoutes } from './proof.ts';
import { quotaRoutes } from './quota.ts';
import { raptorRoutes, raptorShortRoutes } from './raptor.ts';
import { resourceRoutes } from './resource.ts';
import { runRoutes } from './run.ts';
import { sessionRoutes } from './session.ts';
import { signalRoutes } from './signal.ts';
import { workspaceRoutes } from './workspace.ts';

/** The route table. */
export const routes = {
  agents: agentRoutes,
  alerts: alertRoutes,
  analytics: analyticsRoutes,
  apiKeys: apiKeyRoutes,
  audit: auditRoutes,
  budgets: budgetRoutes,
  bus: busRoutes,
  campaigns: campaignRoutes,
  chat: chatRoutes,
  cleanup: cleanupRoutes,
  costs: costRoutes,
  dispatch: dispatchRoutes,
  documents: documentRoutes,
  health: healthRoutes,
  invitations: invitationRoutes,
  members: memberRoutes,
  metrics: metricRoutes,
  models: modelRoutes,
  periscope: periscopeRoutes,
  proofs: proofRoutes,
  quotas: quotaRoutes,
  raptor: raptorRoutes,
  raptorShort: raptorShortRoutes,
  resources: resourceRoutes,
  runs: runRoutes,
  session: sessionRoutes,
  signals: signalRoutes,
  workspaces: workspaceRoutes,
} as const;

/** The table's exact type. */
export type Routes = typeof routes;

/** A resource of the table. */
export type ResourceName = keyof Routes;

/** Headers that requests and answers carry. */
export const headerNames = {
  correlationId: 'x-correlation-id',
  idempotencyKey: 'idempotency-key',
  workspaceId: 'x-workspace-id',
} as const;
