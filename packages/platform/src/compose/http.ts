/** The HTTP side of the program: every route of the wire with the parts it answers from. */
import { fileURLToPath } from 'node:url';
import type { PeriscopePipeline } from '@raptorflow/contract';
import {
  createRequestRuns,
  createToolUse,
  currentContext,
  installationChain,
  type AuditTrail,
  type IdempotencyKeys,
} from '@raptorflow/runtime';
import type { Society } from '@raptorflow/society';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Periscope } from 'raptorflow/resilience';
import type { Analytics } from 'raptorflow/resources';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import type { Health } from '../health/health.ts';
import { createApp, installReference } from '../http/app.ts';
import { createGatekeeper } from '../http/gatekeeper.ts';
import type { RateLimits } from '../http/plugins/rate-limits.ts';
import type { RegisterDeps } from '../http/register.ts';
import { registerAgentRoutes } from '../http/routes/agents.ts';
import { forwardRoutes } from '../http/forward.ts';
import { registerAuditRoutes } from '../http/routes/audit.ts';
import { registerAlertRoutes } from '../http/routes/alerts.ts';
import { registerAnalyticsRoutes } from '../http/routes/analytics.ts';
import { registerApiKeyRoutes } from '../http/routes/api-keys.ts';
import { registerBudgetRoutes } from '../http/routes/budgets.ts';
import { registerBusRoutes } from '../http/routes/bus.ts';
import { registerCampaignRoutes } from '../http/routes/campaigns.ts';
import { registerChatRoutes } from '../http/routes/chat.ts';
import { registerCleanupRoutes } from '../http/routes/cleanup.ts';
import { registerCostRoutes } from '../http/routes/costs.ts';
import { registerDispatchRoutes } from '../http/routes/dispatch.ts';
import { registerDocumentRoutes } from '../http/routes/documents.ts';
import { registerExpositionRoute } from '../http/routes/exposition.ts';
import { registerHealthRoutes } from '../http/routes/health.ts';
import { registerMemberRoutes } from '../http/routes/members.ts';
import { registerMetricRoutes } from '../http/routes/metrics.ts';
import { registerModelRoutes } from '../http/routes/models.ts';
import { registerPeriscopeRoutes } from '../http/routes/periscope.ts';
import { registerProofRoutes } from '../http/routes/proofs.ts';
import { registerRaptorRoutes } from '../http/routes/raptor.ts';
import { registerQuotaRoutes } from '../http/routes/quotas.ts';
import { registerResourceRoutes } from '../http/routes/resources.ts';
import { registerRunRoutes } from '../http/routes/runs.ts';
import { registerSessionRoutes } from '../http/routes/session.ts';
import { registerSignalRoutes } from '../http/routes/signals.ts';
import { registerWorkspaceRoutes } from '../http/routes/workspaces.ts';
import { SocketCensus } from '../http/sockets/admission.ts';
import { registerDashboardSocket } from '../http/sockets/dashboard.ts';
import { createEventHub } from '../http/sockets/hub.ts';
import { registerLogStreams } from '../http/sockets/log-stream.ts';
import type { Cleanup } from './cleanup.ts';
import type { Housekeeping } from './housekeeping.ts';
import { createInvitationMail } from './invitation-mail.ts';
import { profileOf } from './profile.ts';
import type { Monitoring } from './monitoring.ts';
import type { OwnResources } from './own-resources.ts';
import { pastOf } from './past.ts';
import { shownOn, type PipelineBoard } from './pipeline-board.ts';
import type { Raptor } from './raptor.ts';
import type { Runtime } from './runtime.ts';
import type { CommonDeps, Stores } from './stores.ts';
import { traceWork } from './trace-work.ts';

/** What the HTTP side answers from. */
export interface HttpParts {
  readonly stores: Stores;
  readonly runtime: Runtime;
  readonly society: Society;
  readonly health: Health;
  /** Undefined where monitoring is off. */
  readonly monitoring: Monitoring | undefined;
  readonly periscope: Periscope;
  readonly housekeeping: Housekeeping;
  readonly cleanup: Cleanup;
  /** Undefined where monitoring is off. */
  readonly usage: Analytics | undefined;
  readonly own: OwnResources;
  /** What the process calls itself. */
  readonly process: string;
  readonly pipelines: {
    /** Where those of this process are shown. */
    readonly board: PipelineBoard;
    /** Those of all processes. */
    readonly list: () => Promise<readonly PeriscopePipeline[]>;
  };
  readonly raptor: Pick<Raptor, 'mini'>;
  readonly startedAtMs: number;
  readonly version: string;
  readonly limits: RateLimits;
  readonly idempotency: IdempotencyKeys;
}

/** A listening HTTP side. */
export interface Http {
  readonly url: string;
  /** A one-time sign-in link for a user. Throws `forbidden` where links are switched off. */
  signInLink(userId: string): Promise<{ url: string; expiresAt: number }>;
  /** Closes sockets and stops listening. */
  stop(): Promise<void>;
}

/** Builds the application and listens. Throws `unavailable` when the port is taken. */
export async function createHttp(config: Config, parts: HttpParts, common: CommonDeps): Promise<Http> {
  const { log, ids, clock } = common;
  const app = await createApp(
    {
      version: parts.version,
      secure: config.http.secure,
      corsOrigins: config.http.corsOrigins,
      trustProxy: config.http.trustProxy,
      dashboardDirectory: fileURLToPath(new URL('../../../dashboard/dist', import.meta.url)),
    },
    { ids, clock, meter: common.meter, log: log.child('http'), limits: parts.limits },
  );
  let url = '';
  // In the fragment, which browsers do not send: a code must not stand in anybody's log.
  const pageWithCode = (page: string, code: string): string =>
    `${(config.http.publicUrl ?? url).replace(/\/+$/, '')}/${page}#code=${code}`;
  const signInLink = async (userId: string): Promise<{ url: string; expiresAt: number }> => {
    await recordLink(parts.runtime.audit, userId);
    const { code, expiresAt } = await parts.runtime.identity.createSignInLink({ userId });
    return { url: pageWithCode('sign-in', code), expiresAt };
  };
  const hub = createEventHub({ bus: parts.stores.bus });
  const guard = guardOf(config, parts, common);
  registerRoutesOf(app, config, parts, common, guard);
  registerIdentityRoutes(app, config, parts, common, { guard, signInLink, pageWithCode });
  const sockets = new SocketCensus(config.http.socketsPerUserMax);
  registerDashboardSocket(app, {
    bus: parts.stores.bus,
    hub,
    ...guard,
    workspacesOf: async (userId) =>
      (await parts.runtime.identity.workspaces.list(userId)).map((workspace) => workspace.id),
    clock,
    log: log.child('socket'),
    sockets,
    resources: parts.own.lasting,
    limits: parts.limits,
  });
  const stopping = new AbortController();
  registerLogStreams(app, {
    mini: parts.raptor.mini,
    ...guard,
    clock,
    log: log.child('socket'),
    stopping: stopping.signal,
    sockets,
    resources: parts.own.lasting,
    limits: parts.limits,
  });
  installReference(app);
  await hub.start();
  url = await listen(app, config);
  return {
    url,
    signInLink,
    async stop() {
      stopping.abort();
      await hub.stop();
      for (const socket of app.websocketServer.clients)
        socket.close(1001, 'the server stops; reconnect soon');
      await app.close();
    },
  };
}

function guardOf(config: Config, parts: HttpParts, { log }: CommonDeps): RegisterDeps {
  const { identity, audit } = parts.runtime;
  return {
    gatekeeper: createGatekeeper(identity),
    audit,
    allowedOrigins: originsOf(config.http),
    limits: parts.limits,
    requestQuotas: parts.housekeeping.quotas,
    idempotency: parts.idempotency,
    log: log.child('http'),
  };
}

// Behind a proxy the address of our own pages is not the one that the request shows.
function originsOf({ corsOrigins, publicUrl }: Config['http']): string[] {
  return [...corsOrigins, ...(publicUrl === undefined ? [] : [new URL(publicUrl).origin])];
}

// Whoever has the link is that user, so that it was made is worth knowing even when nobody comes.
async function recordLink(audit: AuditTrail, userId: string): Promise<void> {
  const { userId: by, correlationId } = currentContext();
  await audit.append({
    workspaceId: installationChain,
    action: 'session.issue_link',
    phase: 'event',
    actor: by === undefined ? { kind: 'system', id: 'terminal' } : { kind: 'operator', id: by },
    target: { kind: 'user', id: userId },
    correlationId: correlationId ?? null,
  });
}

function registerRoutesOf(
  app: FastifyInstance,
  config: Config,
  parts: HttpParts,
  common: CommonDeps,
  guard: RegisterDeps,
): void {
  const { stores, runtime, society, health, startedAtMs, version } = parts;
  const { clock, ids } = common;
  const { audit, identity, agents, documents, dispatcher, models, modelSettings, prices } = runtime;
  const { ledger, costs, runs } = runtime;
  registerHealthRoutes(app, {
    ...guard,
    health,
    clock,
    startedAtMs,
    environment: { name: config.environment, ...profileOf(config), version },
    count: async () => ({
      users: await identity.countUsers(),
      workspaces: (await identity.workspaces.listAll()).length,
    }),
  });
  registerAuditRoutes(app, { ...guard, chains: audit, clock });
  registerBusRoutes(app, {
    ...guard,
    bus: stores.bus,
    workOf: traceWork({}, { requestRuns: createRequestRuns(stores.db), costs, agents }),
    clock,
    startedAtMs,
  });
  registerChatRoutes(app, {
    ...guard,
    dispatcher,
    clock,
    newId: (prefix) => ids.next(prefix),
    modelSettings,
  });
  registerDispatchRoutes(app, { ...guard, dispatcher, agents, campaigns: society.campaigns });
  registerAgentRoutes(app, { ...guard, agents, runs, clock });
  registerDocumentRoutes(app, { ...guard, documents });
  registerRunRoutes(app, { ...guard, runs, agents, clock });
  registerMoneyRoutes(app, parts, guard);
  registerMonitoring(app, config, parts, common, guard);
  registerHousekeeping(app, parts, common, guard);
  registerModelRoutes(app, { ...guard, models, prices, modelSettings, agents, clock });
  registerRaptorRoutes(app, { ...guard, mini: parts.raptor.mini });
  registerPeriscopeRoutes(app, {
    ...guard,
    periscope: parts.periscope,
    pipelines: parts.pipelines.list,
  });
  registerSignalRoutes(app, { ...guard, signals: shownOn(parts.pipelines.board, society.signals) });
  registerProofRoutes(app, { ...guard, ...society });
  registerCampaignRoutes(app, {
    ...guard,
    campaigns: society.campaigns,
    documents,
    agents,
    costs,
    ledger,
    dispatcher,
    identity,
    bus: stores.bus,
    clock,
  });
}

// Who people are, and what they may enter.
function registerIdentityRoutes(
  app: FastifyInstance,
  config: Config,
  { runtime, version, periscope }: HttpParts,
  { clock, log }: CommonDeps,
  {
    guard,
    signInLink,
    pageWithCode,
  }: {
    readonly guard: RegisterDeps;
    readonly signInLink: Http['signInLink'];
    readonly pageWithCode: (page: string, code: string) => string;
  },
): void {
  const { identity } = runtime;
  const { signIn, mail } = config.identity;
  registerSessionRoutes(app, {
    ...guard,
    identity,
    server: { version, environment: config.environment, ...profileOf(config) },
    signInLink,
    providerName: signIn === undefined ? null : new URL(signIn.issuer).host,
    log: log.child('http'),
    clock,
  });
  registerWorkspaceRoutes(app, { ...guard, identity, ledger: runtime.ledger, budgets: runtime.budgets });
  const send = createInvitationMail(mail, { periscope, log: log.child('mail') });
  registerMemberRoutes(app, {
    ...guard,
    identity,
    invitationUrl: (code) => pageWithCode('invitation', code),
    async sendInvitation({ workspaceId, ...letter }) {
      const workspace = await identity.workspaces.find(workspaceId);
      return send({ ...letter, workspaceName: workspace?.name ?? workspaceId });
    },
  });
  registerApiKeyRoutes(app, { ...guard, identity, clock });
}

function registerMoneyRoutes(
  app: FastifyInstance,
  { runtime, society }: HttpParts,
  guard: RegisterDeps,
): void {
  const deps = { ...guard, ...runtime, campaigns: society.campaigns };
  registerCostRoutes(app, deps);
  registerBudgetRoutes(app, deps);
}

function registerHousekeeping(
  app: FastifyInstance,
  { housekeeping: { resources, quotas }, cleanup, usage, runtime, process }: HttpParts,
  { clock }: CommonDeps,
  guard: RegisterDeps,
): void {
  const { ledger, budgets } = runtime;
  registerResourceRoutes(app, { ...guard, resources, quotas, process, clock });
  registerQuotaRoutes(app, { ...guard, quotas, ledger, budgets, clock });
  registerCleanupRoutes(app, { ...guard, cleanup: cleanup.scheduler, actions: cleanup.actions });
  registerAnalyticsRoutes(app, { ...guard, analytics: () => analyticsOf(usage) });
}

function registerMonitoring(
  app: FastifyInstance,
  config: Config,
  { stores, runtime, monitoring, periscope }: HttpParts,
  { metrics, clock }: CommonDeps,
  guard: RegisterDeps,
): void {
  const { agents, runs, identity } = runtime;
  registerMetricRoutes(app, {
    ...guard,
    agents,
    runs,
    tools: createToolUse(stores.db),
    workspaces: identity.workspaces,
    metrics,
    past: pastOf(monitoring?.history),
    present: monitoring?.present ?? (async () => [{ source: 'server', snapshot: metrics.snapshot() }]),
    clock,
  });
  registerExpositionRoute(app, { metrics, token: config.monitoring.metricsToken });
  if (!monitoring) return;
  const { alerts, duty, history, tryNotifiers } = monitoring;
  void app.register(async (scope) => {
    forwardRoutes(
      scope,
      () => {
        const status = duty();
        return status.kind === 'elsewhere' ? status.address : undefined;
      },
      periscope,
    );
    registerAlertRoutes(scope, { ...guard, alerts, past: history, tryNotifiers, clock });
  });
}

async function listen(app: FastifyInstance, config: Config): Promise<string> {
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    if (
      !(error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES'))
    )
      throw error;
    throw new RaptorFlowError(
      'unavailable',
      `The port ${config.port} on ${config.host} cannot be used (${error.code}); stop the program that has it, or set PORT to another one.`,
      { cause: error },
    );
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const host =
    config.host === '0.0.0.0' || config.host === '::' || config.host === '127.0.0.1'
      ? 'localhost'
      : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function analyticsOf(usage: Analytics | undefined): Analytics {
  if (usage) return usage;
  throw new RaptorFlowError(
    'unavailable',
    'Monitoring is switched off, so usage is not analysed; set METRICS=true and start again.',
  );
}
