/** What every process of an installation has: the stores, the runtime over them, and the society at work. */
import { createSociety, type Society } from '@raptorflow/society';
import type { Cluster, Redis } from 'ioredis';
import { createBusGauges } from 'raptorflow/bus';
import { createIds, Lifecycle, silentLogger, systemClock, type Clock, type Logger } from 'raptorflow/kernel';
import { createMetrics, createProcessMeters, silentMeter } from 'raptorflow/metrics';
import type { Periscope } from 'raptorflow/resilience';
import { createSqliteThread } from 'raptorflow/storage';
import type { Config } from '../config.ts';
import { createBudgetGauges } from './budget-gauges.ts';
import { createCleanup, type Cleanup } from './cleanup.ts';
import { createFirstConnections, type FirstConnections } from './first-connections.ts';
import { OperationTap } from './operation-tap.ts';
import { createHousekeeping, createRegistry, type Housekeeping } from './housekeeping.ts';
import { ownResources } from './own-resources.ts';
import { createQuotaGauges } from './quota-gauges.ts';
import { createProcessPeriscope } from './periscope.ts';
import { namingVariable } from './profile.ts';
import { claimRedis, openRedis } from './redis-link.ts';
import { createRuntime, type Runtime } from './runtime.ts';
import { createStores, type CommonDeps, type Stores } from './stores.ts';

/** What may be injected. */
export interface ProgramDeps {
  readonly log?: Logger;
  readonly clock?: Clock;
  /** Ends a start that waits for Redis or PostgreSQL, with `cancelled`. */
  readonly signal?: AbortSignal;
}

/** The parts of a process, not started yet. */
export interface Program {
  readonly common: CommonDeps;
  readonly stores: Stores;
  /** Runs what calls the world outside. */
  readonly periscope: Periscope;
  /** What the process has open, and the quotas. */
  readonly housekeeping: Housekeeping;
  /** What is cleaned by itself. */
  readonly cleanup: Cleanup;
  readonly runtime: Runtime;
  readonly society: Society;
  /** Opens the stores, sees to the local user and lets the society work. Rejects with what is wrong, naming the variable. */
  start(): Promise<void>;
  /** Lets what is in hand finish until the deadline and closes the stores; also after a start that failed. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

/** What every part is given, with defaults for what nobody injects. */
export function commonDeps(config: Config, deps: ProgramDeps): CommonDeps {
  const clock = deps.clock ?? systemClock;
  const metrics = createMetrics({}, { clock });
  const log = deps.log ?? silentLogger;
  const meter = config.monitoring.enabled ? metrics : silentMeter;
  const registry = createRegistry(config, { clock, log, meter });
  return {
    clock,
    ids: createIds({ clock }),
    log,
    metrics,
    meter,
    operations: new OperationTap(),
    thread: createSqliteThread(),
    registry,
    own: ownResources(registry, log.child('resources')),
  };
}

// Where commands are counted, each look at the bus is paid for.
function busLookMs({ redis }: Config): number {
  return redis?.idle === 'polling' ? 600_000 : 30_000;
}

/** Wires the parts of a process. The signal ends a start that waits for Redis or PostgreSQL. */
export function createProgram(config: Config, common: CommonDeps, signal?: AbortSignal): Program {
  // The stores connect when they start, and by then there is a periscope over them.
  const stores = createStores(config, common, (attempt) => connections.make('postgres', attempt));
  const periscope = createProcessPeriscope(stores.bus, common);
  const connections = createFirstConnections(
    { waitSeconds: config.connectWaitSeconds, signal },
    { ...common, executor: periscope },
  );
  const housekeeping = createHousekeeping(config, stores.bus, common);
  const runtime = createRuntime(config, stores, { ...common, periscope, housekeeping });
  const cleanup = createCleanup(
    config,
    { resources: housekeeping.resources, cache: runtime.responseCache, bus: stores.bus },
    common,
  );
  const society = createSociety({}, societyDeps(stores, runtime, common));
  const meters = config.monitoring.enabled
    ? [
        createProcessMeters({}, { meter: common.meter }),
        createBusGauges({ everyMs: busLookMs(config) }, { bus: stores.bus, ...common }),
        createBudgetGauges({
          workspaces: runtime.identity.workspaces,
          ledger: runtime.ledger,
          ...common,
        }),
        createQuotaGauges({
          workspaces: runtime.identity.workspaces,
          quotas: housekeeping.quotas,
          ...common,
        }),
      ]
    : [];
  const lifecycle = new Lifecycle('the program', {
    start: async () => {
      await start(config, { stores, housekeeping, cleanup, runtime, society }, connections);
      await Promise.all(meters.map((meter) => meter.start()));
    },
    stop: async ({ deadlineMs }) => {
      await Promise.all(meters.map((meter) => meter.stop()));
      await stop({ stores, housekeeping, cleanup, runtime, society }, common, deadlineMs);
    },
  });
  return {
    common,
    stores,
    periscope,
    housekeeping,
    cleanup,
    runtime,
    society,
    start: () => lifecycle.start(),
    stop: (options) => lifecycle.stop(options),
  };
}

function societyDeps(
  { bus, db }: Stores,
  runtime: Runtime,
  common: CommonDeps,
): Parameters<typeof createSociety>[1] {
  const { runs, documents, agents, ledger, budgets, costs, estimator, identity, modelMark } = runtime;
  return {
    bus,
    db,
    runs,
    documents,
    agents,
    ledger,
    budgets,
    estimator,
    modelMark,
    costOf: async (workspaceId, campaignId) => (await costs.total(workspaceId, { campaignId })).costMicroUsd,
    workspaceIds: async () => (await identity.workspaces.listAll()).map((workspace) => workspace.id),
    clock: common.clock,
    ids: common.ids,
    logger: common.log,
    meter: common.meter,
  };
}

async function start(
  config: Config,
  {
    stores,
    housekeeping,
    cleanup,
    runtime,
    society,
  }: Pick<Program, 'stores' | 'housekeeping' | 'cleanup' | 'runtime' | 'society'>,
  connections: FirstConnections,
): Promise<void> {
  const userId = await openStores(config, { stores, runtime }, connections);
  // Behind those that wait for servers which are still coming up.
  await housekeeping.start();
  // What a killed process had set aside is settled before anything new is spent.
  await runtime.holdKeeper.start();
  await stores.relay.start();
  await runtime.identity.workspaces.ensureFirst(userId);
  await Promise.all([society.start(), cleanup.start()]);
  await runtime.identity.removals.start();
}

/** Opens the database and the bus, and answers the id of the local user. */
async function openStores(
  config: Config,
  { stores: { db, bus }, runtime }: Pick<Program, 'stores' | 'runtime'>,
  connections: FirstConnections,
): Promise<string> {
  const place = config.redis;
  let redis: Redis | Cluster | undefined;
  const openBus = async (): Promise<void> => {
    if (place) redis = await connections.make('redis', (signal) => openRedis(place, signal));
    await bus.start().catch(namingVariable(config, 'events'));
  };
  try {
    await Promise.all([db.start().catch(namingVariable(config, 'relational')), openBus()]);
    await runtime.audit.start();
    const { id } = await runtime.identity.ensureLocalUser();
    // Before anything is relayed or handled: the first user's id is the database's own.
    if (redis && place) await claimRedis(redis, place, id);
    return id;
  } finally {
    connections.giveUp();
    redis?.disconnect();
  }
}

async function stop(
  {
    stores,
    housekeeping,
    cleanup,
    runtime,
    society,
  }: Pick<Program, 'stores' | 'housekeeping' | 'cleanup' | 'runtime' | 'society'>,
  { clock, own }: CommonDeps,
  deadlineMs: number,
): Promise<void> {
  const deadline = clock.monotonic() + deadlineMs;
  const left = (): { deadlineMs: number } => ({ deadlineMs: Math.max(100, deadline - clock.monotonic()) });
  // Runs are interrupted first, so that the handlers that wait for them give their events back at once.
  await Promise.all([runtime.runs.stop(), society.stop(left()), runtime.identity.removals.stop(left())]);
  await runtime.holdKeeper.stop(left());
  await cleanup.stop(left());
  await housekeeping.stop(left());
  await stores.relay.stop(left());
  await stores.bus.stop(left());
  own.ended('bus');
  await runtime.audit.stop(left());
  await stores.db.stop(left());
}
