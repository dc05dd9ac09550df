import { createMetrics } from 'raptorflow/metrics';
import { seededRandom } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { z } from 'zod';
import { fromJsonText, type Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createIdentity, type Identity } from '../identity.ts';
import type { IdentityOptions } from '../identity-options.ts';
import { identityMigrations, identityTables, type IdentityTables } from '../tables.ts';
import { ensureUser } from '../users.ts';

/** An identity over a database of its own. */
export interface Fixture {
  readonly identity: Identity;
  readonly db: Database;
  readonly clock: FakeClock;
  /** Another identity over the same database: another process of the installation. */
  readonly another: () => Identity;
  /** Makes a user and answers the id. */
  readonly user: (name: string) => Promise<string>;
  /** A user with a workspace that they own. */
  readonly owner: (name: string) => Promise<{ readonly userId: string; readonly workspaceId: string }>;
  /** Types, workspaces and payloads of the events that wait to be published. */
  readonly events: () => Promise<ToldChange[]>;
  /** Statements that the database has run. */
  readonly statements: () => number;
}

/** An event that waits. */
export interface ToldChange {
  readonly type: string;
  readonly workspaceId: string | null;
  readonly payload: Record<string, unknown>;
}

const eventSchema: z.ZodType<ToldChange> = z.object({
  type: z.string(),
  workspaceId: z.string().nullable(),
  payload: z.record(z.string(), z.unknown()),
});

const secretKey = 'a secret key of at least 32 characters';

interface EventTables {
  outbox: { seq: number; channel: string; draft: string };
}

/** Opens one. */
export async function openIdentity(
  open: OpenDatabase,
  options: Partial<IdentityOptions> = {},
): Promise<Fixture> {
  const clock = createFakeClock();
  const metrics = createMetrics({}, { clock });
  const db = await open(
    { tables: [identityTables], migrations: [identityMigrations] },
    { clock, meter: metrics },
  );
  const create = (seed: number): Identity =>
    createIdentity({ secretKey, ...options }, { db, clock, random: seededRandom(seed) });
  const identity = create(1);
  const user = async (name: string): Promise<string> => {
    const newUser = { id: `usr_${name}`, subject: `test:${name}`, email: null, displayName: name, now: 1 };
    return (await db.transaction(null, (tx) => ensureUser(tx.query<IdentityTables>(), newUser))).id;
  };
  let seeds = 1;
  return {
    identity,
    db,
    clock,
    another: () => create((seeds += 1)),
    user,
    async owner(name) {
      const userId = await user(name);
      const { id } = await identity.workspaces.create({ userId, name: `${name}’s` });
      return { userId, workspaceId: id };
    },
    async events() {
      const rows = await db
        .system<EventTables>()
        .selectFrom('outbox')
        .select('draft')
        .where('channel', '=', 'sys.workspace.lifecycle')
        .orderBy('seq')
        .execute();
      return rows.map((row) => fromJsonText(row.draft, (value) => eventSchema.parse(value)));
    },
    statements() {
      const times = metrics
        .snapshot()
        .metrics.find(({ definition }) => definition.name === 'database_query_ms');
      const series = times?.kind === 'histogram' ? times.series : [];
      return series.reduce((sum, { value }) => sum + value.count, 0);
    },
  };
}
