/** The stores of the program: one directory, the relational database, the bus, and the relay between them. */
import { join } from 'node:path';
import {
  agentMigrations,
  agentTables,
  createOutboxRelay,
  currentContext,
  dispatchMigrations,
  dispatchTables,
  documentMigrations,
  documentTables,
  identityMigrations,
  identityTables,
  openDatabase,
  runMigrations,
  runTables,
  type Database,
  type OutboxRelay,
} from '@raptorflow/runtime';
import {
  campaignMigrations,
  campaignTables,
  societyChannels,
  societyContracts,
  societyRoutes,
} from '@raptorflow/society';
import { createBus, sqliteEngine, type Ambient, type Bus } from 'raptorflow/bus';
import type { Clock, Ids, Logger } from 'raptorflow/kernel';
import type { Meter } from 'raptorflow/metrics';
import type { Config } from '../config.ts';

/** What every part is given. */
export interface CommonDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly meter: Meter;
}

/** The stores, not started yet. Start them in this order: database, bus, relay; stop them the other way round. */
export interface Stores {
  readonly db: Database;
  /** With the society's contracts; parts that only pass events on take it as a plain bus. */
  readonly bus: Bus;
  readonly relay: OutboxRelay;
}

/** The files of the embedded profile. */
export const storeFiles: readonly string[] = ['raptorflow.db', 'bus.db'];

/** What a publish leaves out is taken from the request or run that it happens in. */
function ambient(): Ambient {
  const { workspaceId, correlationId } = currentContext();
  return {
    ...(workspaceId === undefined ? {} : { workspaceId }),
    ...(correlationId === undefined ? {} : { requestId: correlationId }),
  };
}

/** Wires the stores of a configuration: SQLite files in its home, or PostgreSQL for relational data. */
export function createStores(config: Config, deps: CommonDeps): Stores {
  const { clock, ids, log, meter } = deps;
  const db = openDatabase(
    {
      ...(config.databaseUrl === undefined
        ? { path: join(config.home, 'raptorflow.db') }
        : { url: config.databaseUrl }),
      tables: [identityTables, agentTables, documentTables, dispatchTables, runTables, campaignTables],
      migrations: [
        identityMigrations,
        agentMigrations,
        documentMigrations,
        dispatchMigrations,
        runMigrations,
        campaignMigrations,
      ],
    },
    { clock, ids, log, ambient },
  );
  const bus = createBus(
    {
      engine: sqliteEngine({ path: join(config.home, 'bus.db'), durability: 'fsync' }),
      channels: societyChannels,
      routes: societyRoutes,
      contracts: societyContracts,
      strict: true,
    },
    { clock, ids, log, meter, ambient },
    // The types of contracts help whoever writes against them; here they only stand in the way.
  ) as unknown as Bus;
  // The directory is locked: its own database is nobody else's.
  const soleOwner = config.databaseUrl === undefined;
  const relay = createOutboxRelay({ soleOwner }, { database: db, bus, clock, ids, log });
  return { db, bus, relay };
}
