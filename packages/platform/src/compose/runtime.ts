/** The parts of the runtime over the stores: who may do what, agents, documents, models, money, runs. */
import { existsSync, readFileSync } from 'node:fs';
import {
  createAgents,
  createBudgets,
  createCosts,
  createDispatcher,
  createDocuments,
  createEstimator,
  createHoldKeeper,
  createIdentity,
  createLedger,
  createModelCatalog,
  createOpenHolds,
  createPrices,
  createRuns,
  createRunStore,
  type Agents,
  type Budgets,
  type Costs,
  type Dispatcher,
  type Documents,
  type Estimator,
  type Identity,
  type Ledger,
  type ModelCatalog,
  type OpenHolds,
  type PriceOverrides,
  type Prices,
  type Runs,
} from '@raptorflow/runtime';
import { offlineMark, type ModelMark } from '@raptorflow/society';
import { RaptorFlowError, type Service } from 'raptorflow/kernel';
import type { Periscope } from 'raptorflow/resilience';
import type { Config } from '../config.ts';
import { profileOf } from './profile.ts';
import type { CommonDeps, Stores } from './stores.ts';

/** The runtime of one program. */
export interface Runtime {
  readonly identity: Identity;
  readonly agents: Agents;
  readonly documents: Documents;
  readonly models: ModelCatalog;
  readonly prices: Prices;
  readonly ledger: Ledger;
  readonly budgets: Budgets;
  readonly openHolds: OpenHolds;
  /** Takes back what dead processes had set aside; runs while the stores do. */
  readonly holdKeeper: Service;
  readonly costs: Costs;
  readonly dispatcher: Dispatcher;
  readonly estimator: Estimator;
  readonly runs: Runs;
  /** Which model the research works with, as results are marked with it. */
  readonly modelMark: () => Promise<ModelMark>;
}

/** What the runtime works with. */
interface RuntimeDeps extends CommonDeps {
  readonly periscope: Pick<Periscope, 'execute'>;
}

/** Wires the runtime. Throws `invalid_options` for a price file that cannot be used. */
export function createRuntime(config: Config, stores: Pick<Stores, 'db'>, deps: RuntimeDeps): Runtime {
  const { clock, ids, log, meter, periscope } = deps;
  const { db } = stores;
  const identity = createIdentity(
    { secretKey: config.secretKey, signInLinks: config.environment !== 'production' },
    { db, clock, ids, logger: log },
  );
  const models = createModelCatalog(modelOptions(config));
  const prices = createPrices(readPriceFile(config.models.pricesFile));
  const ledger = createLedger(
    { monthlyBudgetMicroUsd: config.monthlyBudgetMicroUsd },
    {
      db,
      clock,
      logger: log,
      timeZoneOf: async (workspaceId) => (await identity.workspaces.find(workspaceId))?.timeZone ?? 'UTC',
    },
  );
  const dispatcher = createDispatcher(
    {},
    {
      models,
      prices,
      ledger,
      meter,
      clock,
      ids,
      logger: log.child('dispatch'),
      executor: periscope,
    },
  );
  return {
    identity,
    agents: createAgents({}, { db, clock, ids, logger: log }),
    documents: createDocuments({}, { db, clock, ids }),
    models,
    prices,
    ledger,
    budgets: createBudgets(db, { clock }),
    openHolds: createOpenHolds(db, ledger),
    holdKeeper: createHoldKeeper(
      { alone: profileOf(config).profile === 'embedded' },
      { db, ledger, clock, logger: log.child('ledger') },
    ),
    costs: createCosts(db),
    dispatcher,
    estimator: createEstimator({}, { models, prices, clock }),
    runs: createRuns({}, { store: createRunStore({ db, clock }), dispatcher, meter, clock, ids }),
    modelMark: async () => {
      const { provider, modelId } = models.resolve('research');
      return provider.name === 'offline' ? offlineMark : { offline: false, label: modelId };
    },
  };
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
