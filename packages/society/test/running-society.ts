/** A whole society on stores in memory or in a directory, with the offline model, for tests. */
import { readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  agentMigrations,
  agentTables,
  createAgents,
  createBudgets,
  createCosts,
  createDispatcher,
  createDocuments,
  createEstimator,
  createIdentity,
  createLedger,
  createModelCatalog,
  createOutboxRelay,
  createPrices,
  createRuns,
  createRunStore,
  ledgerMigrations,
  ledgerTables,
  documentMigrations,
  documentTables,
  identityMigrations,
  identityTables,
  openDatabase,
  runMigrations,
  runTables,
  type Agents,
  type Database,
  type Dispatcher,
  type Documents,
  type Identity,
  type ModelCatalog,
  type Runs,
} from '@raptorflow/runtime';
import { createBus, sqliteEngine, type Bus, type BusEvent } from 'raptorflow/bus';
import { pipelineChannels } from 'raptorflow/pipeline';
import {
  campaignMigrations,
  campaignTables,
  createSociety,
  offlineMark,
  parseBrief,
  signalMigrations,
  signalTables,
  societyChannels,
  societyContracts,
  societyRoster,
  societyRoutes,
  type CampaignBrief,
  type CampaignOverview,
  type Society,
} from '../src/index.ts';

/** Everything a test looks at. */
export interface RunningSociety {
  readonly bus: Bus;
  readonly db: Database;
  readonly identity: Identity;
  readonly agents: Agents;
  readonly documents: Documents;
  readonly runs: Runs;
  readonly society: Society;
  /** Makes a user's workspace with its roster; answers its id. */
  workspace(name: string): Promise<string>;
  /** Stores a sample's documents in a workspace and starts its campaign, approved automatically unless `changes` says otherwise. */
  startSample(workspaceId: string, sample: string, changes?: Partial<CampaignBrief>): Promise<string>;
  /** Waits until the campaign is in one of these states. */
  until(workspaceId: string, campaignId: string, statuses: readonly string[]): Promise<CampaignOverview>;
  /** Every event with this request id that is still kept, in the order of publishing. */
  eventsOf(campaignId: string): Promise<BusEvent[]>;
  stop(): Promise<void>;
}

/** What a test may replace. */
export interface SocietyStandIns {
  /** Wraps the dispatcher, for models that fail. */
  readonly dispatcher?: (real: Dispatcher) => Dispatcher;
  /** Models that several societies share; the offline one takes a second of work to start. Default: its own. */
  readonly models?: ModelCatalog;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.md': 'text/markdown',
  '.txt': 'text/plain',
  '.html': 'text/html',
  '.csv': 'text/csv',
};

/** The folder of a bundled sample. */
function sampleFolder(name: string): string {
  return fileURLToPath(new URL(`../../../examples/campaigns/${name}`, import.meta.url));
}

function openStores(directory: string | undefined): { readonly db: Database; readonly bus: Bus } {
  const at = (name: string): string => (directory === undefined ? ':memory:' : join(directory, name));
  const db = openDatabase({
    path: at('raptorflow.db'),
    tables: [
      identityTables,
      agentTables,
      documentTables,
      ledgerTables,
      runTables,
      campaignTables,
      signalTables,
    ],
    migrations: [
      identityMigrations,
      agentMigrations,
      documentMigrations,
      ledgerMigrations,
      runMigrations,
      campaignMigrations,
      signalMigrations,
    ],
  });
  const bus = createBus({
    engine: sqliteEngine({ path: at('bus.db') }),
    channels: [...societyChannels, ...pipelineChannels],
    routes: societyRoutes,
    contracts: societyContracts,
    strict: true,
  }) as unknown as Bus;
  return { db, bus };
}

/** Starts a society; `directory` makes it durable. */
export async function runSociety(
  directory?: string,
  standIns: SocietyStandIns = {},
): Promise<RunningSociety> {
  const { db, bus } = openStores(directory);
  await Promise.all([db.start(), bus.start()]);
  const relay = createOutboxRelay({}, { database: db, bus });
  await relay.start();
  const identity = createIdentity({ secretKey: 'a secret of at least 32 characters!' }, { db });
  const agents = createAgents({}, { db });
  const documents = createDocuments({}, { db });
  const costs = createCosts(db);
  const models = standIns.models ?? createModelCatalog();
  const parts = { models, prices: createPrices(), ledger: createLedger({}, { db }) };
  const real = createDispatcher({}, parts);
  const runs = createRuns(
    {},
    { store: createRunStore({ db }), dispatcher: standIns.dispatcher?.(real) ?? real },
  );
  const campaignCost = async (workspaceId: string, campaignId: string): Promise<number> =>
    (await costs.total(workspaceId, { campaignId })).costMicroUsd;
  const society = createSociety(
    {},
    {
      bus,
      db,
      runs,
      documents,
      agents,
      ledger: parts.ledger,
      budgets: createBudgets(db),
      estimator: createEstimator({}, parts),
      costOf: campaignCost,
      modelMark: async () => offlineMark,
      workspaceIds: async () => (await identity.workspaces.listAll()).map((workspace) => workspace.id),
    },
  );
  await society.start();
  const user = await identity.ensureLocalUser();
  const world = { bus, db, identity, agents, documents, runs, society };
  return {
    ...world,
    ...actions(world, user.id),
    async stop() {
      await runs.stop();
      await society.stop();
      await relay.stop();
      await bus.stop();
      await db.stop();
    },
  };
}

type World = Pick<RunningSociety, 'bus' | 'identity' | 'agents' | 'documents' | 'society'>;
type Actions = Pick<RunningSociety, 'workspace' | 'startSample' | 'until' | 'eventsOf'>;

function actions({ bus, identity, agents, documents, society }: World, userId: string): Actions {
  return {
    async workspace(name) {
      const { id } = await identity.workspaces.create({ userId, name });
      // The worker seeds on `workspace.created`; a test does not want to wait for it.
      await agents.seedAgents(id, societyRoster);
      return id;
    },
    async startSample(workspaceId, sample, changes = {}) {
      const folder = sampleFolder(sample);
      const written = parseBrief(readFileSync(join(folder, 'brief.yaml'), 'utf8'));
      const brief: CampaignBrief = { ...written, approval: 'automatic', ...changes };
      const documentIds: string[] = [];
      for (const path of brief.documents) {
        const mediaType = mediaTypes[extname(path)] ?? 'text/plain';
        const content = readFileSync(join(folder, path));
        documentIds.push(
          (await documents.add(workspaceId, { fileName: basename(path), mediaType, content })).id,
        );
      }
      return (await society.campaigns.create({ workspaceId, userId, brief, documentIds })).campaignId;
    },
    async until(workspaceId, campaignId, statuses) {
      for (;;) {
        const overview = await society.campaigns.get(workspaceId, campaignId);
        if (statuses.includes(overview.campaign.status)) return overview;
        // Every change of a campaign is announced; the next announcement is the time to look again.
        await nextUpdate(bus, campaignId);
      }
    },
    async eventsOf(campaignId) {
      const found: BusEvent[] = [];
      await bus.replayChannel('>', (event) => {
        if (event.requestId === campaignId) found.push(event);
      });
      return found;
    },
  };
}

/** Resolves at the next state update about the campaign, or after a moment, in case it came just before. */
async function nextUpdate(bus: Bus, campaignId: string): Promise<void> {
  const seen = Promise.withResolvers<undefined>();
  const listening = await bus.subscribe('sys.state.update', (event) => {
    if (event.requestId === campaignId) seen.resolve(undefined);
  });
  const timer = setTimeout(() => seen.resolve(undefined), 200);
  await seen.promise;
  clearTimeout(timer);
  await listening.stop();
}
