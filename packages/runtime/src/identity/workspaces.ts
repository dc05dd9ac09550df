import type { Kysely, Selectable } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import { unknownWorkspace } from './admission.ts';
import type { MemberWorkspace, Workspace, WorkspaceMember } from './principal.ts';
import { toRole, type WorkspaceRole } from './role.ts';
import type { IdentityTables } from './tables.ts';

type Query = Kysely<IdentityTables>;

/** A workspace to be made. */
export interface NewWorkspace {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly userId: string;
  /** Whether it is the one that every user gets; a user has at most one of them. */
  readonly first: boolean;
  readonly now: number;
}

const slugCharactersMax = 60;

/** Lower-case letters and digits of the name, accents left off, joined by hyphens. */
function slugOf(name: string): string {
  const words = name
    .replaceAll(/['’]/g, '')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, slugCharactersMax)
    .replaceAll(/^-+|-+$/g, '');
  return words === '' ? 'workspace' : words;
}

/**
 * Stores a workspace and its owner's membership; undefined when it was to be a user's first and the user already has
 * one. Of two at the same time one wins. A slug that is taken gets the end of the id.
 */
export async function insertWorkspace(query: Query, workspace: NewWorkspace): Promise<Workspace | undefined> {
  const { id, name, timeZone, userId, now } = workspace;
  const base = slugOf(name);
  for (const slug of [base, `${base}-${id.slice(-12)}`]) {
    const row = await query
      .insertInto('workspaces')
      .values({
        id,
        name,
        slug,
        time_zone: timeZone,
        created_by: userId,
        first_of: workspace.first ? userId : null,
        created_at: now,
        updated_at: now,
        deleting_since: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row) {
      await query
        .insertInto('workspace_members')
        .values({ workspace_id: id, user_id: userId, role: 'owner', joined_at: now })
        .execute();
      return toWorkspace(row);
    }
  }
  return undefined;
}

/** The user's workspaces with the user's role, oldest membership first. */
export async function listWorkspacesOf(query: Query, userId: string): Promise<MemberWorkspace[]> {
  const rows = await query
    .selectFrom('workspace_members as member')
    .innerJoin('workspaces as workspace', 'workspace.id', 'member.workspace_id')
    .selectAll('workspace')
    .select('member.role')
    .where('member.user_id', '=', userId)
    .where('workspace.deleting_since', 'is', null)
    .orderBy('member.joined_at')
    .orderBy('workspace.id')
    .execute();
  return rows.map((row) => ({ ...toWorkspace(row), role: toRole(row.role) }));
}

/** The workspace, and the user's role in it, null for a stranger. Undefined when there is no such workspace. */
export async function findWorkspace(
  query: Query,
  workspaceId: string,
  userId: string,
): Promise<{ workspace: Workspace; role: WorkspaceRole | null } | undefined> {
  const row = await query
    .selectFrom('workspaces as workspace')
    .leftJoin('workspace_members as member', (join) =>
      join.onRef('member.workspace_id', '=', 'workspace.id').on('member.user_id', '=', userId),
    )
    .selectAll('workspace')
    .select('member.role')
    .where('workspace.id', '=', workspaceId)
    .where('workspace.deleting_since', 'is', null)
    .executeTakeFirst();
  return row && { workspace: toWorkspace(row), role: row.role === null ? null : toRole(row.role) };
}

/** The workspace, whoever asks. Undefined when there is none. */
export async function findAnyWorkspace(query: Query, workspaceId: string): Promise<Workspace | undefined> {
  const row = await query
    .selectFrom('workspaces')
    .selectAll()
    .where('id', '=', workspaceId)
    .where('deleting_since', 'is', null)
    .executeTakeFirst();
  return row && toWorkspace(row);
}

/** Every workspace of the installation, oldest first. */
export async function listAllWorkspaces(query: Query): Promise<Workspace[]> {
  const rows = await query
    .selectFrom('workspaces')
    .selectAll()
    .where('deleting_since', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map(toWorkspace);
}

/** Changes name or time zone; answers the workspace as it was before. Throws `not_found`. */
export async function changeWorkspace(
  query: Query,
  id: string,
  change: { readonly name?: string; readonly timeZone?: string },
  now: number,
): Promise<Workspace> {
  const before = await lockWorkspace(query, id);
  await query
    .updateTable('workspaces')
    .set({
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.timeZone === undefined ? {} : { time_zone: change.timeZone }),
      updated_at: now,
    })
    .where('id', '=', id)
    .execute();
  return before;
}

/**
 * Holds the workspace's row until the transaction ends, so that changes of who may do what in it happen one after the other. Throws
 * `not_found` when there is no such workspace, or it is being deleted.
 */
export async function lockWorkspace(query: Query, id: string): Promise<Workspace> {
  const [row] = await query
    .updateTable('workspaces')
    .set((columns) => ({ updated_at: columns.ref('updated_at') }))
    .where('id', '=', id)
    .where('deleting_since', 'is', null)
    .returningAll()
    .execute();
  if (row) return toWorkspace(row);
  throw unknownWorkspace(id);
}

/** The members of a workspace, oldest first. */
export async function listMembersOf(query: Query, workspaceId: string): Promise<WorkspaceMember[]> {
  const rows = await query
    .selectFrom('workspace_members as member')
    .innerJoin('users as user', 'user.id', 'member.user_id')
    .select(['user.id', 'user.email', 'user.display_name', 'member.role', 'member.joined_at'])
    .where('member.workspace_id', '=', workspaceId)
    .orderBy('member.joined_at')
    .orderBy('user.id')
    .execute();
  return rows.map((row) => ({
    userId: row.id,
    email: row.email,
    displayName: row.display_name,
    role: toRole(row.role),
    joinedAt: row.joined_at,
  }));
}

/** A member's role, null for a stranger. */
export async function roleOf(
  query: Query,
  workspaceId: string,
  userId: string,
): Promise<WorkspaceRole | null> {
  const row = await query
    .selectFrom('workspace_members')
    .select('role')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row ? toRole(row.role) : null;
}

/** Adds a member or changes the role. Hold the workspace with `lockWorkspace` before. Throws `conflict` when no owner would be left. */
export async function upsertMember(
  query: Query,
  member: {
    readonly workspaceId: string;
    readonly userId: string;
    readonly role: WorkspaceRole;
    readonly now: number;
  },
): Promise<void> {
  const { workspaceId, userId, role, now } = member;
  await query
    .insertInto('workspace_members')
    .values({ workspace_id: workspaceId, user_id: userId, role, joined_at: now })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'user_id']).doUpdateSet({ role }))
    .execute();
  await requireOwner(query, workspaceId);
}

/** Ends a membership. Hold the workspace with `lockWorkspace` before. Throws `conflict` when no owner would be left. */
export async function deleteMember(query: Query, workspaceId: string, userId: string): Promise<void> {
  await query
    .deleteFrom('workspace_members')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .execute();
  await requireOwner(query, workspaceId);
  // Whoever has left may have a first workspace again.
  await query
    .updateTable('workspaces')
    .set({ first_of: null })
    .where('id', '=', workspaceId)
    .where('first_of', '=', userId)
    .execute();
}

/** How many members a workspace has. */
export async function countMembers(query: Query, workspaceId: string): Promise<number> {
  const { count } = await query
    .selectFrom('workspace_members')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return count;
}

async function requireOwner(query: Query, workspaceId: string): Promise<void> {
  const owner = await query
    .selectFrom('workspace_members')
    .select('user_id')
    .where('workspace_id', '=', workspaceId)
    .where('role', '=', 'owner')
    .executeTakeFirst();
  if (owner) return;
  throw new RaptorFlowError(
    'conflict',
    'A workspace keeps at least one owner; make somebody else the owner first, or delete the workspace.',
  );
}

function toWorkspace(row: Selectable<IdentityTables['workspaces']>): Workspace {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    timeZone: row.time_zone,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
