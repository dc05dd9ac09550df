import { sql, type Kysely, type RawBuilder } from 'kysely';
import { isRaptorFlowError, RaptorFlowError } from 'raptorflow/kernel';
import { workspaceColumn } from '../scope-writes.ts';
import type { AppendOnlyTable, TableCatalogue } from '../declarations.ts';
import type { Scope } from '../engine.ts';

/** What statements of one workspace run as; row-level security lets it see that workspace alone. */
const applicationRole = 'raptorflow_app';

/** What statements of the installation run as: the rights of the application, and every workspace in sight. */
const systemRole = 'raptorflow_system';

/** The SQL that opens a transaction under a scope. Role and workspace end with the transaction. */
export function preambleOf(scope: Scope): string {
  if (scope.kind === 'system') return `begin; set local role ${systemRole}`;
  const workspace = `'${scope.id.replaceAll("'", "''")}'`;
  return `begin; set local role ${applicationRole}; select set_config('app.workspace', ${workspace}, true)`;
}

/** Makes the two roles if they are missing, and lets `login` take them on. */
export async function ensureRoles(db: Kysely<unknown>, login: string): Promise<void> {
  try {
    for (const role of [applicationRole, systemRole]) {
      // Roles belong to the whole server: another database's migration may make them at the same moment.
      await sql`do ${sql.lit(
        `begin if not exists (select from pg_roles where rolname = '${role}') then create role ${role} nologin; end if; exception when duplicate_object or unique_violation then null; end`,
      )}`.execute(db);
      const { rows } = await sql<{
        member: boolean;
      }>`select pg_has_role(${login}, ${role}, 'MEMBER') as member`.execute(db);
      if (rows[0]?.member) continue;
      await sql`grant ${sql.id(role)} to ${sql.id(login)}`.execute(db);
    }
  } catch (error) {
    if (!isRaptorFlowError(error, 'unscoped_statement')) throw error;
    throw new RaptorFlowError(
      'missing_configuration',
      `The roles of RaptorFlow cannot be made with this login. Let an administrator run once: CREATE ROLE ${applicationRole}; CREATE ROLE ${systemRole}; GRANT ${applicationRole}, ${systemRole} TO ${login};`,
      { cause: error },
    );
  }
}

interface Rights {
  readonly name: string;
  /** The system role may do everything. */
  readonly system: boolean;
  /** The application may read, and sees only its workspace where rows have one. */
  readonly application: boolean;
}

/**
 * Rights and row-level security of every declared table that lacks them. `FORCE` makes the policies hold for the owner of the
 * tables too; only a superuser who takes on no role is exempt, and the application always takes one on.
 */
export async function protectTables(db: Kysely<unknown>, tables: TableCatalogue): Promise<void> {
  const { rows } = await sql<Rights>`
    select c.relname as name,
           has_table_privilege(${systemRole}, c.oid, 'delete') as system,
           has_table_privilege(${applicationRole}, c.oid, 'select') as application
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`.execute(db);
  const rights = new Map(rows.map((row) => [row.name, row]));
  const without = (names: string[], right: 'system' | 'application'): string[] =>
    names.filter((name) => !rights.get(name)?.[right]);
  const tenant = without(tables.namesOf('tenant'), 'application');
  const shared = without(tables.namesOf('shared'), 'application');
  const every = [...tenant, ...shared, ...without(tables.namesOf('installation'), 'system')];
  const appendOnly = tables.appendOnly.filter(({ name }) => !rights.get(name)?.application);
  if (every.length > 0 || appendOnly.length > 0) {
    const both = roles(applicationRole, systemRole);
    await sql`grant usage on schema public to ${both}`.execute(db);
    await sql`grant usage, select on all sequences in schema public to ${both}`.execute(db);
  }
  for (const table of every) {
    await sql`grant select, insert, update, delete on ${sql.id(table)} to ${roles(systemRole)}`.execute(db);
  }
  for (const table of shared) {
    await sql`grant select on ${sql.id(table)} to ${roles(applicationRole)}`.execute(db);
  }
  for (const table of tenant) {
    await sql`grant select, insert, update, delete on ${sql.id(table)} to ${roles(applicationRole)}`.execute(
      db,
    );
    await wall(db, table);
  }
  for (const table of appendOnly) {
    await grantAppending(db, table);
    await wall(db, table.name);
  }
}

// Nobody is granted what would remove a row, and of changes only those of the columns that the declaration names.
async function grantAppending(
  db: Kysely<unknown>,
  { name, changing = [], erasable = [] }: AppendOnlyTable,
): Promise<void> {
  const [application, system] = [roles(applicationRole), roles(systemRole)];
  await sql`grant select, insert on ${sql.id(name)} to ${application}, ${system}`.execute(db);
  if (changing.length > 0) {
    await sql`grant update (${columns(changing)}) on ${sql.id(name)} to ${application}, ${system}`.execute(
      db,
    );
  }
  if (erasable.length > 0) {
    await sql`grant update (${columns(erasable)}) on ${sql.id(name)} to ${system}`.execute(db);
  }
}

async function wall(db: Kysely<unknown>, table: string): Promise<void> {
  const name = sql.id(table);
  const own = sql`${sql.id(workspaceColumn)} = current_setting('app.workspace', true)`;
  const [application, system] = [roles(applicationRole), roles(systemRole)];
  await sql`alter table ${name} enable row level security`.execute(db);
  await sql`alter table ${name} force row level security`.execute(db);
  await sql`create policy own_workspace on ${name} to ${application} using (${own}) with check (${own})`.execute(
    db,
  );
  await sql`create policy whole_installation on ${name} to ${system} using (true) with check (true)`.execute(
    db,
  );
}

function roles(...names: string[]): RawBuilder<unknown> {
  return columns(names);
}

function columns(names: readonly string[]): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.id(name)));
}
