/** The parts of the runtime over the stores: who may do what, agents, documents, models, money, runs. */
import { existsSync, readFileSync } from 'node:fs';
import {
  createAgents,
  createAuditLog,
  createBudgets,
  createCosts,
  createDispatcher,
  createDocuments,
  createEstimator,
  createHoldKeeper,
  createIdentity,
  createLedger,
  createModelCatalog,
  createModelSettings,
  createOpenHolds,
  createPrices,
  createResponseCache,
  createRuns,
  createRunStore,
  type Agents,
  type AuditLog,
  type Budgets,
  type Costs,
  type Dispatcher,
  type Documents,
  type Estimator,
  type Identity,
  type IdentityOptions,
  type Ledger,
  type ModelCatalog,
  type ModelSettings,
  type OpenHolds,
  type PriceOverrides,
  type Prices,
  type ResponseCache,
  type Runs,
} from '@raptorflow/runtime';
import type { ModelMark } from '@raptorflow/society';
import { isRaptorFlowError, RaptorFlowError, type Service } from 'raptorflow/kernel';
import type { Periscope } from 'raptorflow/resilience';
import type { Config } from '../config.ts';
import { providerReturnPath } from '../identity-config.ts';
import { auditedWorkspaces } from './audited-workspaces.ts';
import type { Housekeeping } from './housekeeping.ts';
import { profileOf } from './profile.ts';
import { researchMark } from './research-mark.ts';
import { declaredTables, type CommonDeps, type Stores } from './stores.ts';

/** Far more than a workspace runs at once. */
const runsAtOnce = 500;

/** The runtime of one program. */
export interface Runtime {
  /** Started before everything that writes to it, and stopped last. */
  readonly audit: AuditLog;
  readonly identity: Identity;
  readonly agents: Agents;
  readonly documents: Documents;
  readonly models: ModelCatalog;
  /** What the aliases mean in each workspace. */
  readonly modelSettings: ModelSettings;
  readonly prices: Prices;
  readonly ledger: Ledger;
  /** Answers of models that serve again. */
  readonly responseCache: ResponseCache;
  readonly budgets: Budgets;
  readonly openHolds: OpenHolds;
  /** Takes back what dead processes had set aside; runs while the stores do. */
  readonly holdKeeper: Service;
  readonly costs: Costs;
  readonly dispatcher: Dispatcher;
  readonly estimator: Estimator;
  readonly runs: Runs;
  /** Which model the research of a workspace works with, as results are marked with it. */
  readonly modelMark: (workspaceId: string) => Promise<ModelMark>;
}

/** What the runtime works with. */
interface RuntimeDeps extends CommonDeps {
  readonly periscope: Pick<Periscope, 'execute'>;
  readonly housekeeping: Pick<Housekeeping, 'resources' | 'quotas'>;
}

/** Wires the runtime. Throws `invalid_options` for a price file that cannot be used. */
export function createRuntime(config: Config, stores: Pick<Stores, 'db'>, deps: RuntimeDeps): Runtime {
  const { clock, ids, log, meter, periscope } = deps;
  const { resources, quotas } = deps.housekeeping;
  const { db } = stores;
  const audit = createAuditLog({ signingKey: config.audit.signingKey }, { db, clock, ids, meter });
  const identity = createIdentity(identityOptions(config), {
    db,
    clock,
    ids,
    logger: log,
    executor: periscope,
    quiet: (workspaceId) => cancelRuns(runs, workspaceId),
    chronicle: auditedWorkspaces(audit),
  });
  const models = createModelCatalog(modelOptions(config));
  const prices = createPrices(readPriceFile(config.models.pricesFile));
  const modelSettings = createModelSettings({}, { db, models, prices, clock });
  const aliasesOf: ModelSettings['aliasesOf'] = (workspaceId) => modelSettings.aliasesOf(workspaceId);
  const timeZoneOf = async (workspaceId: string): Promise<string> =>
    (await identity.workspaces.find(workspaceId))?.timeZone ?? 'UTC';
  const ledger = createLedger(
    { monthlyBudgetMicroUsd: config.monthlyBudgetMicroUsd },
    {
      db,
      audit,
      clock,
      logger: log,
      timeZoneOf,
    },
  );
  const responseCache = responseCacheOf(config, stores, deps);
  const dispatcher = dispatcherOf({ models, prices, ledger, aliasesOf, cache: responseCache }, deps);
  const runs = createRuns(
    {},
    { store: createRunStore({ db, clock }), dispatcher, resources, quotas, meter, clock, ids },
  );
  return {
    audit,
    identity,
    agents: createAgents({}, { db, clock, ids, logger: log, audit }),
    documents: createDocuments({}, { db, clock, ids }),
    models,
    modelSettings,
    prices,
    ledger,
    budgets: createBudgets(db, { clock, timeZoneOf }),
    openHolds: createOpenHolds(db, ledger),
    holdKeeper: createHoldKeeper(
      { alone: profileOf(config).profile === 'embedded' },
      { db, ledger, clock, logger: log.child('ledger') },
    ),
    costs: createCosts(db),
    dispatcher,
    responseCache,
    runs,
    estimator: createEstimator({}, { models, prices, aliasesOf, clock }),
    modelMark: researchMark(models, aliasesOf),
  };
}

function dispatcherOf(
  money: Pick<Parameters<typeof createDispatcher>[1], 'models' | 'prices' | 'ledger' | 'aliasesOf' | 'cache'>,
  { clock, ids, log, meter, periscope, housekeeping: { resources, quotas } }: RuntimeDeps,
): Dispatcher {
  const logger = log.child('dispatch');
  return createDispatcher(
    {},
    { ...money, resources, quotas, meter, clock, ids, logger, executor: periscope },
  );
}

function identityOptions(config: Config): IdentityOptions {
  const { issuers, signIn } = config.identity;
  const { publicUrl } = config.http;
  return {
    secretKey: config.secretKey,
    signInLinks: config.environment !== 'production',
    providers: {
      issuers,
      ...(signIn === undefined || publicUrl === undefined
        ? {}
        : { codeFlow: { ...signIn, redirectUrl: publicUrl.replace(/\/+$/, '') + providerReturnPath } }),
    },
    tables: { declared: declaredTables },
  };
}

function responseCacheOf(
  { responseCacheMibMax }: Config,
  { db }: Pick<Stores, 'db'>,
  { clock, log }: CommonDeps,
): ResponseCache {
  return createResponseCache(
    { bytesMax: responseCacheMibMax * 1024 * 1024 },
    { db, clock, logger: log.child('dispatch') },
  );
}

// What a workspace that is being deleted still has at work, in every process: it would write rows into tables that were emptied.
async function cancelRuns(runs: Runs, workspaceId: string): Promise<void> {
  for (const status of ['queued', 'running', 'waiting'] as const) {
    for (const { id } of await runs.list(workspaceId, { status, limit: runsAtOnce })) {
      await runs
        .cancel({ workspaceId, runId: id }, 'the workspace is being deleted')
        .catch((error: unknown) => {
          // It ended by itself meanwhile.
          if (!isRaptorFlowError(error, 'run_not_executable')) throw error;
        });
    }
  }
}

function modelOptions(config: Config): Parameters<typeof createModelCatalog>[0] {
  const {
    googleCloudProject,
    googleCloudLocation,
    anthropicApiKey,
    openaiBaseUrl,
    openaiApiKey,
    openaiModel,
  } = config.models;
  const openai = openaiBaseUrl !== undefined || openaiApiKey !== undefined;
  const own = openaiModel === undefined ? undefined : `openai:${openaiModel}`;
  return {
    ...(googleCloudProject === undefined
      ? {}
      : { vertex: { project: googleCloudProject, location: googleCloudLocation } }),
    ...(anthropicApiKey === undefined ? {} : { anthropic: { apiKey: anthropicApiKey } }),
    ...(openai ? { openai: { baseUrl: openaiBaseUrl, apiKey: openaiApiKey } } : {}),
    ...(own === undefined ? {} : { aliases: { fast: own, standard: own, heavy: own, research: own } }),
  };
}

function readPriceFile(path: string | undefined): PriceOverrides | undefined {
  if (path === undefined) return undefined;
  if (!existsSync(path)) {
    throw new RaptorFlowError(
      'invalid_configuration',
      `PRICES_FILE names ${path}, and there is no such file.`,
    );
  }
  try {
    return { file: path, content: JSON.parse(readFileSync(path, 'utf8')) as unknown };
  } catch (cause) {
    throw new RaptorFlowError('invalid_configuration', `The price file ${path} is no valid JSON.`, { cause });
  }
}
