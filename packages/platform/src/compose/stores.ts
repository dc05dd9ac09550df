/** The stores of the program: one directory, the relational database, the bus, and the relay between them. */
import { join } from 'node:path';
import {
  agentMigrations,
  agentTables,
  alertMigrations,
  alertTables,
  auditMigrations,
  auditTables,
  createCosts,
  createOutboxRelay,
  currentContext,
  ledgerMigrations,
  ledgerTables,
  responseCacheMigrations,
  responseCacheTables,
  documentMigrations,
  documentTables,
  hostRecordMigrations,
  hostRecordTables,
  idempotencyMigrations,
  idempotencyTables,
  identityMigrations,
  identityTables,
  modelSettingsMigrations,
  modelSettingsTables,
  openDatabase,
  runMigrations,
  runTables,
  type Connecting,
  type Database,
  type OutboxRelay,
  type RoomMigrations,
  type TableDeclarations,
} from '@raptorflow/runtime';
import {
  campaignMigrations,
  campaignTables,
  signalMigrations,
  signalTables,
  societyChannels,
  societyContracts,
  societyRoutes,
} from '@raptorflow/society';
import { alertChannels } from 'raptorflow/alerts';
import {
  createBus,
  redisEngine,
  sqliteEngine,
  type Ambient,
  type Bus,
  type BusEngine,
  type ChannelDeclaration,
} from 'raptorflow/bus';
import type { Clock, Ids, Logger } from 'raptorflow/kernel';
import type { Meter, Metrics } from 'raptorflow/metrics';
import { pipelineChannels } from 'raptorflow/pipeline';
import type { Resources } from 'raptorflow/resources';
import type { SqliteThread } from 'raptorflow/storage';
import type { Config } from '../config.ts';
import type { OperationTap } from './operation-tap.ts';
import type { OwnResources } from './own-resources.ts';
import { profileOf } from './profile.ts';
import { traceCost } from './trace-cost.ts';

/** What every part is given. */
export interface CommonDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** What parts are measured on; silent where monitoring is off. */
  readonly meter: Meter;
  /** The registry of the process. */
  readonly metrics: Metrics;
  /** Takes the calls of operations. */
  readonly operations: OperationTap;
  /** Serves the files of the embedded profile that have little to do: one thread costs less memory than one for each. */
  readonly thread: SqliteThread;
  /** What the process has open. */
  readonly registry: Resources;
  /** Where the program registers there what it has open for itself. */
  readonly own: OwnResources;
}

/** The stores, not started yet. Start them in this order: database, bus, relay; stop them the other way round. */
export interface Stores {
  readonly db: Database;
  /** With the society's contracts; parts that only pass events on take it as a plain bus. */
  readonly bus: Bus;
  readonly relay: OutboxRelay;
}

/** Every room's tables: what belongs to a workspace is exported and deleted with it. */
export const declaredTables: readonly TableDeclarations[] = [
  alertTables,
  auditTables,
  identityTables,
  agentTables,
  documentTables,
  ledgerTables,
  responseCacheTables,
  modelSettingsTables,
  runTables,
  campaignTables,
  hostRecordTables,
  signalTables,
  idempotencyTables,
];

/** Every room's migrations, in the order in which rooms build on each other. */
export const declaredMigrations: readonly RoomMigrations[] = [
  identityMigrations,
  agentMigrations,
  documentMigrations,
  ledgerMigrations,
  responseCacheMigrations,
  modelSettingsMigrations,
  runMigrations,
  campaignMigrations,
  signalMigrations,
  alertMigrations,
  hostRecordMigrations,
  auditMigrations,
  idempotencyMigrations,
];

/** The channels that are declared besides the standard ones. */
export const declaredChannels: readonly ChannelDeclaration[] = [
  ...societyChannels,
  ...alertChannels,
  ...pipelineChannels,
];

/** The files of the embedded profile. */
export const storeFiles: readonly string[] = [
  'raptorflow.db',
  'bus.db',
  'metrics.db',
  'quotas.db',
  'cleanup.db',
  'advice.db',
];

/** What a publish leaves out is taken from the request or run that it happens in. */
function ambient(): Ambient {
  const { workspaceId, correlationId } = currentContext();
  return {
    ...(workspaceId === undefined ? {} : { workspaceId }),
    ...(correlationId === undefined ? {} : { requestId: correlationId }),
  };
}

/** A caller of the API waits for Redis this long before it is told that it is away. */
const publishTimeoutMs = 5_000;
/** The events of a process that was killed while it relayed them are relayed by another after so long. */
const relayLeaseMs = 3_000;

function engineOf({ redis, home }: Config, own: OwnResources): BusEngine {
  return redis === undefined
    ? sqliteEngine({ path: join(home, 'bus.db'), durability: 'fsync' })
    : redisEngine({ ...redis, publishTimeoutMs, onConnection: own.connections('bus') });
}

/** Wires the stores of a configuration: SQLite files in its home, Redis for events, PostgreSQL for relational data, first reached by `connecting`. */
export function createStores(config: Config, deps: CommonDeps, connecting: Connecting): Stores {
  const { clock, ids, log, meter, own } = deps;
  const db = openDatabase(
    {
      ...(config.databaseUrl === undefined
        ? { path: join(config.home, 'raptorflow.db') }
        : {
            url: config.databaseUrl,
            ...(config.migrationDatabaseUrl === undefined
              ? {}
              : { migrationUrl: config.migrationDatabaseUrl }),
            // Events in a file are one process's: no other may tell of the same rows.
            processes: profileOf(config).profile === 'distributed' ? 'many' : 'one',
          }),
      tables: declaredTables,
      migrations: declaredMigrations,
    },
    { clock, ids, log, meter, resources: own.taken, ambient, connecting },
  );
  const bus = createBus(
    {
      engine: engineOf(config, own),
      channels: declaredChannels,
      routes: societyRoutes,
      contracts: societyContracts,
      strict: true,
    },
    { clock, ids, log, meter, ambient, costOf: traceCost(createCosts(db)) },
    // The types of contracts help whoever writes against them; here they only stand in the way.
  ) as unknown as Bus;
  // The directory is locked, and so is a database whose events are in it: what is in the way is a dead process's.
  const soleOwner = profileOf(config).profile === 'embedded';
  const relay = createOutboxRelay(
    { soleOwner, leaseMs: relayLeaseMs },
    { database: db, bus, clock, ids, log },
  );
  return { db, bus, relay };
}
