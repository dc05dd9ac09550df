/**
 * Method and path of every route. The compiler holds this table equal to the contract's (see {@link Addresses}); it is
 * written out here so that a browser that calls the API does not load the schemas.
 */
import type { ResourceName, Routes } from '@raptorflow/contract';

type AddressOf<D> = D extends {
  readonly method: infer M extends string;
  readonly path: infer P extends string;
}
  ? `${M} ${P}`
  : never;

/** What the table must be: for each resource and operation, the contract's method and path. */
export type Addresses = {
  readonly [R in ResourceName]: { readonly [O in keyof Routes[R]]: AddressOf<Routes[R][O]> };
};

/** The table. */
export const addresses: Addresses = {
  agents: {
    create: 'POST /api/v1/agents',
    get: 'GET /api/v1/agents/:agent_id',
    list: 'GET /api/v1/agents',
    update: 'PATCH /api/v1/agents/:agent_id',
  },
  alerts: {
    acknowledge: 'POST /api/v1/metrics/alerts/active/:alert_id/acknowledge',
    active: 'GET /api/v1/metrics/alerts/active',
    backtest: 'POST /api/v1/metrics/alerts/rules/backtest',
    createMaintenance: 'POST /api/v1/metrics/alerts/maintenance',
    createRule: 'POST /api/v1/metrics/alerts/rules',
    createSilence: 'POST /api/v1/metrics/alerts/silences',
    deleteMaintenance: 'DELETE /api/v1/metrics/alerts/maintenance/:maintenance_id',
    deleteRule: 'DELETE /api/v1/metrics/alerts/rules/:name',
    expireSilence: 'DELETE /api/v1/metrics/alerts/silences/:silence_id',
    history: 'GET /api/v1/metrics/alerts/history',
    listMaintenance: 'GET /api/v1/metrics/alerts/maintenance',
    listRules: 'GET /api/v1/metrics/alerts/rules',
    listSilences: 'GET /api/v1/metrics/alerts/silences',
    replaceMaintenance: 'PUT /api/v1/metrics/alerts/maintenance/:maintenance_id',
    replaceRule: 'PUT /api/v1/metrics/alerts/rules/:name',
    tryNotifiers: 'POST /api/v1/metrics/alerts/notifiers/test',
  },
  analytics: {
    apply: 'POST /api/v1/metrics/analytics/recommendations/:recommendation_id/apply',
    forecast: 'GET /api/v1/metrics/analytics/forecast',
    patterns: 'GET /api/v1/metrics/analytics/patterns',
    profiles: 'GET /api/v1/metrics/analytics/profiles',
    recommendations: 'GET /api/v1/metrics/analytics/recommendations',
  },
  apiKeys: {
    create: 'POST /api/v1/api-keys',
    list: 'GET /api/v1/api-keys',
    revoke: 'DELETE /api/v1/api-keys/:key_id',
  },
  audit: {
    export: 'GET /api/v1/audit/export',
    head: 'GET /api/v1/audit/head',
    installationExport: 'GET /api/v1/audit/installation/export',
    installationHead: 'GET /api/v1/audit/installation/head',
    installationList: 'GET /api/v1/audit/installation',
    installationVerify: 'GET /api/v1/audit/installation/verify',
    list: 'GET /api/v1/audit',
    verify: 'GET /api/v1/audit/verify',
  },
  budgets: {
    list: 'GET /api/v1/budgets',
    set: 'PUT /api/v1/budgets/:level/:subject',
  },
  bus: {
    channel: 'GET /api/v1/bus/channels/:name',
    channels: 'GET /api/v1/bus/channels',
    deadLetters: 'GET /api/v1/bus/dlq',
    discard: 'POST /api/v1/bus/dlq/discard',
    health: 'GET /api/v1/bus/health',
    message: 'GET /api/v1/bus/messages/:event_id',
    metrics: 'GET /api/v1/bus/metrics',
    publish: 'POST /api/v1/bus/publish',
    redrive: 'POST /api/v1/bus/dlq/redrive',
    replay: 'POST /api/v1/bus/replay',
    trace: 'GET /api/v1/bus/trace/:id',
  },
  campaigns: {
    approve: 'POST /api/v1/campaigns/:campaign_id/approve',
    assets: 'GET /api/v1/campaigns/:campaign_id/assets',
    create: 'POST /api/v1/campaigns',
    estimate: 'POST /api/v1/campaigns/estimate',
    get: 'GET /api/v1/campaigns/:campaign_id',
    list: 'GET /api/v1/campaigns',
    package: 'GET /api/v1/campaigns/:campaign_id/package',
    reject: 'POST /api/v1/campaigns/:campaign_id/reject',
    runSample: 'POST /api/v1/campaigns/samples/:name/run',
    samples: 'GET /api/v1/campaigns/samples',
    stages: 'GET /api/v1/campaigns/:campaign_id/stages',
    suggestBrief: 'POST /api/v1/campaigns/brief-suggestion',
    warBrief: 'GET /api/v1/campaigns/:campaign_id/war-brief',
  },
  chat: {
    complete: 'POST /v1/chat/completions',
    models: 'GET /v1/models',
  },
  cleanup: {
    create: 'POST /api/v1/metrics/cleanup/tasks',
    history: 'GET /api/v1/metrics/cleanup/history',
    list: 'GET /api/v1/metrics/cleanup/tasks',
    remove: 'DELETE /api/v1/metrics/cleanup/tasks/:task_id',
    run: 'POST /api/v1/metrics/cleanup/tasks/:task_id/run',
    update: 'PATCH /api/v1/metrics/cleanup/tasks/:task_id',
  },
  costs: {
    holds: 'GET /api/v1/costs/holds',
    lines: 'GET /api/v1/costs/lines',
    reconcile: 'POST /api/v1/costs/holds/:call_id/:attempt/reconcile',
    reprice: 'POST /api/v1/costs/reprice',
    summary: 'GET /api/v1/costs',
  },
  dispatch: {
    dispatch: 'POST /api/v1/dispatch',
  },
  documents: {
    create: 'POST /api/v1/documents',
    delete: 'DELETE /api/v1/documents/:document_id',
    get: 'GET /api/v1/documents/:document_id',
    list: 'GET /api/v1/documents',
    upload: 'POST /api/v1/documents/upload',
  },
  health: {
    all: 'GET /health/all',
    live: 'GET /health/live',
    overall: 'GET /health',
    ready: 'GET /health/ready',
  },
  invitations: {
    accept: 'POST /api/v1/invitations/accept',
    create: 'POST /api/v1/invitations',
    list: 'GET /api/v1/invitations',
    revoke: 'DELETE /api/v1/invitations/:invitation_id',
  },
  members: {
    leave: 'POST /api/v1/members/leave',
    list: 'GET /api/v1/members',
    remove: 'DELETE /api/v1/members/:user_id',
    setRole: 'PATCH /api/v1/members/:user_id',
  },
  metrics: {
    agent: 'GET /api/v1/metrics/agents/:agent_id',
    global: 'GET /api/v1/metrics/global',
    history: 'GET /api/v1/metrics/history',
    list: 'GET /api/v1/metrics',
    performance: 'GET /api/v1/metrics/performance',
    resetAgent: 'DELETE /api/v1/metrics/reset/:agent_id',
    resetAll: 'DELETE /api/v1/metrics/reset',
    types: 'GET /api/v1/metrics/types',
  },
  models: {
    list: 'GET /api/v1/models',
    setAlias: 'PUT /api/v1/models/aliases/:alias',
    unsetAlias: 'DELETE /api/v1/models/aliases/:alias',
  },
  periscope: {
    errors: 'GET /api/v1/periscope/errors',
    isolate: 'POST /api/v1/periscope/breakers/:breaker/isolate',
    operations: 'GET /api/v1/periscope/operations',
    pipelines: 'GET /api/v1/periscope/pipelines',
    release: 'POST /api/v1/periscope/breakers/:breaker/release',
  },
  proofs: {
    loop: 'POST /api/v1/proofs/loop',
    overspend: 'POST /api/v1/proofs/overspend',
  },
  quotas: {
    create: 'POST /api/v1/metrics/quotas',
    decide: 'POST /api/v1/metrics/quotas/approvals/:approval_id',
    list: 'GET /api/v1/metrics/quotas',
    remove: 'DELETE /api/v1/metrics/quotas/:quota_id',
    reset: 'POST /api/v1/metrics/quotas/:quota_id/reset',
    resolve: 'POST /api/v1/metrics/quotas/violations/:violation_id/resolve',
    update: 'PATCH /api/v1/metrics/quotas/:quota_id',
    violations: 'GET /api/v1/metrics/quotas/violations',
  },
  raptor: {
    demo: 'POST /api/v1/raptor/demo/:value',
    demoByGet: 'GET /api/v1/raptor/demo/:value',
    logs: 'GET /api/v1/raptor/logs',
    logsByPost: 'POST /api/v1/raptor/logs',
    processes: 'GET /api/v1/raptor/processes',
    reload: 'POST /api/v1/raptor/reload',
    samples: 'GET /api/v1/raptor/samples',
    start: 'POST /api/v1/raptor/start',
    status: 'GET /api/v1/raptor/status',
    stop: 'POST /api/v1/raptor/stop',
  },
  raptorShort: {
    demo: 'POST /raptor/demo/:value',
    demoByGet: 'GET /raptor/demo/:value',
    logs: 'GET /raptor/logs',
    logsByPost: 'POST /raptor/logs',
    processes: 'GET /raptor/processes',
    reload: 'POST /raptor/reload',
    samples: 'GET /raptor/samples',
    start: 'POST /raptor/start',
    status: 'GET /raptor/status',
    stop: 'POST /raptor/stop',
  },
  resources: {
    cleanup: 'POST /api/v1/metrics/resources/cleanup/:resource_type',
    judge: 'POST /api/v1/metrics/resources/leaks/:leak_id/verdict',
    leaks: 'GET /api/v1/metrics/resources/leaks',
    list: 'GET /api/v1/metrics/resources',
    scan: 'POST /api/v1/metrics/resources/leaks/scan',
    summary: 'GET /api/v1/metrics/resources/summary',
  },
  runs: {
    cancel: 'POST /api/v1/runs/:run_id/cancel',
    get: 'GET /api/v1/runs/:run_id',
    journal: 'GET /api/v1/runs/:run_id/journal',
    list: 'GET /api/v1/runs',
    statistics: 'GET /api/v1/runs/stats',
    steps: 'GET /api/v1/runs/:run_id/steps',
  },
  session: {
    beginAtProvider: 'GET /api/v1/auth/oidc/begin',
    current: 'GET /api/v1/auth/me',
    exchange: 'POST /api/v1/auth/exchange',
    finishAtProvider: 'GET /api/v1/auth/oidc/return',
    issueLink: 'POST /api/v1/auth/links',
    issueToken: 'POST /api/v1/auth/tokens',
    methods: 'GET /api/v1/auth/methods',
    signIn: 'POST /api/v1/auth/sign-in',
    signOut: 'POST /api/v1/auth/sign-out',
  },
  signals: {
    ingest: 'POST /api/v1/signals/ingest',
    list: 'GET /api/v1/signals',
  },
  workspaces: {
    budget: 'GET /api/v1/workspaces/:workspace_id/budget',
    create: 'POST /api/v1/workspaces',
    delete: 'DELETE /api/v1/workspaces/:workspace_id',
    export: 'GET /api/v1/workspaces/:workspace_id/export',
    get: 'GET /api/v1/workspaces/:workspace_id',
    list: 'GET /api/v1/workspaces',
    members: 'GET /api/v1/workspaces/:workspace_id/members',
    setBudget: 'PUT /api/v1/workspaces/:workspace_id/budget',
    update: 'PATCH /api/v1/workspaces/:workspace_id',
  },
};
