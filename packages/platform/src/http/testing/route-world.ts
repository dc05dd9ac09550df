/** Routes over real parts on stores in memory, for tests: two workspaces, five roles, the offline model. */
import { generateKeyPairSync } from 'node:crypto';
import {
  agentMigrations,
  agentTables,
  auditMigrations,
  auditTables,
  createAgents,
  createAuditLog,
  createBudgets,
  createCosts,
  createDispatcher,
  createDocuments,
  createEstimator,
  createLedger,
  createModelCatalog,
  createModelSettings,
  createOpenHolds,
  createOutboxRelay,
  createPrices,
  createRequestRuns,
  createRuns,
  createRunStore,
  ledgerMigrations,
  ledgerTables,
  documentMigrations,
  documentTables,
  modelSettingsMigrations,
  modelSettingsTables,
  openDatabase,
  requireRole,
  runMigrations,
  runTables,
  type Agents,
  type AuditLog,
  type Budgets,
  type Costs,
  type Database,
  type Dispatcher,
  type Documents,
  type Ledger,
  type ModelCatalog,
  type ModelCatalogOptions,
  type ModelSettings,
  type OpenHolds,
  type OutboxRelay,
  type PriceOverrides,
  type Prices,
  type Runs,
  type WorkspaceRole,
} from '@raptorflow/runtime';
import {
  campaignMigrations,
  campaignTables,
  createSociety,
  signalMigrations,
  signalTables,
  societyChannels,
  societyContracts,
  societyRoster,
  societyRoutes,
  type Society,
} from '@raptorflow/society';
import type { FastifyInstance } from 'fastify';
import { createBus, sqliteEngine, type Bus } from 'raptorflow/bus';
import { createIds, RaptorFlowError, silentLogger, type Clock } from 'raptorflow/kernel';
import { pipelineChannels } from 'raptorflow/pipeline';
import { researchMark } from '../../compose/research-mark.ts';
import { traceCost } from '../../compose/trace-cost.ts';
import { traceWork, type WorkOf } from '../../compose/trace-work.ts';
import { createApp } from '../app.ts';
import type { Gatekeeper } from '../call.ts';
import type { RegisterDeps } from '../register.ts';

/** The workspace that every token but `outsider` enters; `operator` has the installation's role as well. */
export const home = 'wsp_home';
/** The workspace of the token `outsider`, who is its owner. */
const elsewhere = 'wsp_elsewhere';

const roles: Readonly<Record<string, WorkspaceRole>> = {
  viewer: 'viewer',
  member: 'member',
  admin: 'admin',
  owner: 'owner',
  outsider: 'owner',
  operator: 'owner',
};

const gatekeeper: Gatekeeper = {
  async identify(token) {
    if (!(token in roles)) throw new RaptorFlowError('unauthenticated', 'The token is not valid.');
    return {
      userId: `usr_${token}`,
      name: token,
      operator: token === 'operator',
      expiresAtMs: 1e15,
      tokenId: token,
    };
  },
  async admit(token, _hints, least) {
    const caller = await gatekeeper.identify(token);
    const role = roles[caller.name] ?? 'viewer';
    requireRole(role, least);
    return { caller, entrance: { workspaceId: caller.name === 'outsider' ? elsewhere : home, role } };
  },
};

/** What a handler answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** What parsing the body gave, null when it is no JSON; tests look into bodies of every shape. */
  readonly body: ReturnType<typeof JSON.parse>;
}

/** The parts and a client. */
export interface RouteWorld {
  readonly app: FastifyInstance;
  readonly guard: RegisterDeps;
  readonly db: Database;
  readonly audit: AuditLog;
  readonly bus: Bus;
  readonly agents: Agents;
  readonly documents: Documents;
  readonly runs: Runs;
  readonly costs: Costs;
  readonly ledger: Ledger;
  readonly budgets: Budgets;
  readonly openHolds: OpenHolds;
  readonly models: ModelCatalog;
  readonly modelSettings: ModelSettings;
  readonly prices: Prices;
  readonly dispatcher: Dispatcher;
  readonly workOf: WorkOf;
  readonly society: Society;
  /** Sends a request with the token of a role. A payload goes as JSON unless the headers say otherwise. */
  send(
    role: keyof typeof roles | null,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    payload?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  stop(): Promise<void>;
}

/** What a world is made of. */
export interface RouteWorldOptions {
  readonly clock: Clock;
  /** Configured providers; default: the offline model alone. */
  readonly models?: ModelCatalogOptions;
  readonly prices?: PriceOverrides;
}

/** Opens the parts; the caller registers the routes to be tried on `app`. */
export async function openRouteWorld(options: RouteWorldOptions): Promise<RouteWorld> {
  const { clock } = options;
  const { db, bus, relay } = await openStores(clock);
  const audit = createAuditLog({ signingKey: newSigningKey() }, { db, clock });
  await audit.start();
  const parts = await createParts(db, bus, options);
  const app = await createApp(
    { version: '0', secure: false, corsOrigins: [], trustProxy: false },
    { ids: createIds(), log: silentLogger },
  );
  return {
    ...parts,
    app,
    guard: { gatekeeper, audit, allowedOrigins: [] },
    db,
    audit,
    bus,
    async send(role, method, url, payload, headers = {}) {
      const answer = await app.inject({
        method,
        url,
        headers: { ...(role === null ? {} : { authorization: `Bearer ${role}` }), ...headers },
        ...(payload === undefined ? {} : { payload: payload as string | Buffer | object }),
      });
      const json = answer.headers['content-type']?.startsWith('application/json') === true;
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text: answer.body,
        body: json ? (JSON.parse(answer.body) as unknown) : null,
      };
    },
    async stop() {
      await app.close();
      await parts.runs.stop();
      await parts.society.stop();
      await relay.stop();
      await bus.stop();
      await db.stop();
    },
  };
}

async function openStores(clock: Clock): Promise<{ db: Database; bus: Bus; relay: OutboxRelay }> {
  const db = openDatabase(
    {
      path: ':memory:',
      tables: [
        auditTables,
        agentTables,
        documentTables,
        ledgerTables,
        modelSettingsTables,
        runTables,
        campaignTables,
        signalTables,
      ],
      migrations: [
        auditMigrations,
        agentMigrations,
        documentMigrations,
        ledgerMigrations,
        modelSettingsMigrations,
        runMigrations,
        campaignMigrations,
        signalMigrations,
      ],
    },
    { clock },
  );
  const bus = createBus(
    {
      engine: sqliteEngine({ path: ':memory:' }),
      channels: [...societyChannels, ...pipelineChannels],
      routes: societyRoutes,
      contracts: societyContracts,
      strict: true,
    },
    { clock, costOf: traceCost(createCosts(db)) },
  ) as unknown as Bus;
  await Promise.all([db.start(), bus.start()]);
  const relay = createOutboxRelay({}, { database: db, bus, clock });
  await relay.start();
  return { db, bus, relay };
}

type Parts = Pick<
  RouteWorld,
  | 'agents'
  | 'documents'
  | 'runs'
  | 'costs'
  | 'ledger'
  | 'budgets'
  | 'openHolds'
  | 'models'
  | 'modelSettings'
  | 'prices'
  | 'dispatcher'
  | 'workOf'
  | 'society'
>;

async function createParts(db: Database, bus: Bus, options: RouteWorldOptions): Promise<Parts> {
  const { clock } = options;
  const agents = createAgents({}, { db, clock });
  await agents.seedAgents(home, societyRoster);
  const documents = createDocuments({}, { db, clock });
  const costs = createCosts(db);
  const ledger = createLedger({}, { db, clock });
  const prices = createPrices(options.prices);
  const models = createModelCatalog(options.models);
  const modelSettings = createModelSettings({}, { db, models, prices, clock });
  const asked = { models, prices, aliasesOf: (id: string) => modelSettings.aliasesOf(id), clock };
  const dispatcher = createDispatcher({ retriesMax: 0 }, { ...asked, ledger });
  const money = {
    costs,
    ledger,
    budgets: createBudgets(db, { clock }),
    openHolds: createOpenHolds(db, ledger),
  };
  const runs = createRuns({}, { store: createRunStore({ db, clock }), dispatcher, clock });
  const society = createSociety(
    {},
    {
      bus,
      db,
      runs,
      documents,
      agents,
      ...money,
      estimator: createEstimator({}, asked),
      costOf: async (workspaceId, campaignId) =>
        (await costs.total(workspaceId, { campaignId })).costMicroUsd,
      modelMark: researchMark(models, asked.aliasesOf),
      workspaceIds: async () => [home],
      clock,
    },
  );
  const workOf = traceWork({}, { requestRuns: createRequestRuns(db), costs, agents });
  return { agents, documents, runs, ...money, models, modelSettings, prices, dispatcher, workOf, society };
}

/** A key that nobody keeps. */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}
