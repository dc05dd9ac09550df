import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { overrunQuota, startPostgres, startRedis, type QuotaOverrun, type QuotaPlace } from '@raptorflow/rig';
import { createIdentity, openDatabase, type Database } from '@raptorflow/runtime';
import { readConfig } from '../src/config.ts';
import { startServer, type RunningServer } from '../src/compose/server.ts';
import { declaredMigrations, declaredTables } from '../src/compose/stores.ts';

/** The id of workspace A and of everything in it: the stranger names it, so it may come back in what is said of the request. */
export const marker = 'planted_in_a';
/** Stands in every other text of workspace A; nobody but its members ever sees it. */
export const content = 'written_in_a';
/** The stranger's own workspace. */
export const own = 'wsp_b';

/** Where the rows and the events lie. */
export const profiles = ['embedded', 'distributed'] as const;
/** `embedded`: SQLite for both; `distributed`: PostgreSQL and Redis. */
export type ProfileName = (typeof profiles)[number];

/** Tables by who may reach them, those of the relational core included. */
export interface DeclaredNames {
  /** Each row is of one workspace. */
  readonly tenant: readonly string[];
  /** Of these, the ones whose rows stay. */
  readonly appendOnly: readonly string[];
  readonly global: readonly string[];
}

/** Rows of any table: the matrix knows them by their declarations alone. */
export type AnyTables = Record<string, Record<string, unknown>>;

/** An installation with two workspaces: A is full of rows, and B is the stranger's. */
export interface TwoWorkspaces {
  readonly server: RunningServer;
  readonly db: Database;
  /** The token of the owner of B, who is nobody in A. */
  readonly stranger: string;
  /** The token of the owner of A. */
  readonly member: string;
  /** Plants a row of A; what the values leave out is the marker in names, content in other texts, and 1 in numbers. */
  plant(table: string, values?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Every row of A in every tenant table, and what decides who may enter it. */
  rowsOfA(): Promise<Readonly<Record<string, readonly string[]>>>;
  stop(): Promise<void>;
}

const secretKey = 'k3JxQ8vZp1LmT7wYb2RnF6sDc9GhA4eU';
const hourMs = 3_600_000;

/** Where a row that anything would do for says too little. An event that was refused a moment ago waits, and is relayed to nobody. */
const plantedBesides: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  model_settings: { aliases: JSON.stringify({ [content]: { model: 'offline', fallbacks: [] } }) },
  api_keys: { expires_at: null, revoked_at: null },
  documents: { media_type: 'text/plain' },
  holds: { state: 'uncertain' },
  invitations: { accepted_at: null, expires_at: 1e13, revoked_at: null },
  outbox: { created_at_ms: Date.now() },
  signals: { expires_at: 1e13 },
};

/** A quota of A and a request that did not fit it; they lie beside the tables of tenants. */
const overrunOfA: QuotaOverrun = {
  quotas: [
    {
      id: 'planted_quota',
      name: content,
      description: content,
      scope: 'workspace',
      resource: 'llm_tokens',
      kind: 'hard',
      period: 'forever',
      limit: 10,
      action: 'block',
      workspaceId: marker,
    },
  ],
  subject: { resource: 'llm_tokens', workspaceId: marker, userId: content },
  granted: 5,
  refused: 6,
};

/** Declared by the relational core, which has no door for them. */
const core = { tenant: ['outbox'], global: ['outbox_relays', 'schema_steps'] };

/** What is declared. */
export function declaredNames(): DeclaredNames {
  const appendOnly = declaredTables.flatMap((room) => (room.appendOnly ?? []).map(({ name }) => name));
  const tenant = declaredTables.flatMap((room) => room.tenant ?? []);
  const global = declaredTables.flatMap(({ shared = [], installation = [] }) => [...shared, ...installation]);
  return {
    appendOnly,
    tenant: [...core.tenant, ...tenant, ...appendOnly].toSorted(),
    global: [...core.global, ...global].toSorted(),
  };
}

/** Where a database of that profile is, empty; with what closes it again. */
async function openPlace(
  profile: ProfileName,
  root: string,
): Promise<{
  env: Record<string, string>;
  path?: string;
  url?: string;
  migrationUrl?: string;
  quotasAt?: QuotaPlace;
  close(): Promise<void>;
}> {
  if (profile === 'embedded') {
    return { env: {}, path: join(root, 'home', 'raptorflow.db'), close: async () => undefined };
  }
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const migrationUrl = await postgres.createDatabase();
  // The program’s own login owns no table and is no superuser, whom no policy holds.
  const url = await postgres.createLogin(migrationUrl);
  return {
    env: { DATABASE_URL: url, MIGRATION_DATABASE_URL: migrationUrl, REDIS_URL: redis.url },
    url,
    migrationUrl,
    quotasAt: { url: redis.url, prefix: 'raptorflow:quotas' },
    async close() {
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

/** Starts it, and plants a row of A in every tenant table. When anything fails, nothing is left running. */
export async function startTwoWorkspaces(profile: ProfileName): Promise<TwoWorkspaces> {
  const root = mkdtempSync(join(tmpdir(), 'raptorflow-tenants-'));
  const { env, close, quotasAt, ...place } = await openPlace(profile, root);
  const ends: (() => Promise<void>)[] = [close];
  const stop = async (): Promise<void> => {
    for (const end of ends.toReversed()) await end();
    rmSync(root, { recursive: true });
  };
  try {
    const home = join(root, 'home');
    await overrunQuota(quotasAt ?? home, overrunOfA);
    const own = { RAPTORFLOW_HOME: home, PORT: '0', SECRET_KEY: secretKey, RATE_LIMIT_ATTEMPTS: '0' };
    const server = await startServer(readConfig({ env: { ...env, ...own }, directory: root }));
    ends.push(() => server.stop());
    const db = openDatabase({ ...place, tables: declaredTables, migrations: declaredMigrations });
    ends.push(() => db.stop());
    await db.start();
    const plant = planterOf(db);
    const { tenant } = declaredNames();
    const tokens = await settle(db, plant);
    for (const table of [...tenant, 'alert_transitions']) await plant(table, plantedBesides[table]);
    return { server, db, ...tokens, plant, rowsOfA: () => rowsOf(db, tenant), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function settle(
  db: Database,
  plant: TwoWorkspaces['plant'],
): Promise<{ stranger: string; member: string }> {
  const identity = createIdentity({ secretKey }, { db });
  const tokens = [];
  for (const [workspace_id, name] of [
    [own, 'B'],
    [marker, content],
  ] as const) {
    const user_id = `usr_of_${workspace_id}`;
    await plant('users', { id: user_id, subject: user_id, email: null, display_name: name, operator: 0 });
    const times = { time_zone: 'UTC', deleting_since: null };
    const first_of = workspace_id === own ? user_id : null;
    await plant('workspaces', {
      id: workspace_id,
      slug: workspace_id,
      name,
      created_by: user_id,
      first_of,
      ...times,
    });
    await plant('workspace_members', { workspace_id, user_id, role: 'owner' });
    tokens.push((await identity.issueToken({ userId: user_id, ttlMs: hourMs })).token);
  }
  const [stranger = '', member = ''] = tokens;
  return { stranger, member };
}

/** What plants rows of A in tables of which nothing is known but their columns. */
export function planterOf(db: Database): TwoWorkspaces['plant'] {
  const found = db.system().introspection.getTables();
  return async (table, values = {}) => {
    const columns = (await found).find(({ name }) => name === table)?.columns ?? [];
    const cells = columns
      .filter(({ isAutoIncrementing, name }) => !isAutoIncrementing || name in values)
      .map(({ name, dataType }) => [name, name in values ? values[name] : cellOf(name, dataType)]);
    await db
      .system<AnyTables>()
      .insertInto(table)
      .values(Object.fromEntries(cells) as Record<string, unknown>)
      .execute();
  };
}

function cellOf(name: string, type: string): unknown {
  if (/int|real|double|float|numeric/i.test(type)) return 1;
  if (/blob|bytea/i.test(type)) return new TextEncoder().encode(content);
  return /(?:^|_)id$/.test(name) ? marker : content;
}

/** Every row of A in these tables, and what decides who may enter it. */
export async function rowsOf(
  db: Database,
  tenant: readonly string[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const system = db.system<AnyTables>();
  const tables: readonly (readonly [table: string, column: string])[] = [
    ...tenant.map((table) => [table, 'workspace_id'] as const),
    ['workspaces', 'id'],
    ['workspace_members', 'workspace_id'],
  ];
  const rows = tables.map(async ([table, column]) => {
    const found = await system.selectFrom(table).selectAll().where(column, '=', marker).execute();
    // What A's own doings told is relayed as soon as it can be.
    const staying = found.filter((row) => table !== 'outbox' || row['refused_code'] !== null);
    return [table, staying.map((row) => JSON.stringify(row)).toSorted()] as const;
  });
  return Object.fromEntries(await Promise.all(rows));
}
