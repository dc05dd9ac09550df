import type { Kysely, Selectable } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { MemberWorkspace, Workspace, WorkspaceMember } from './principal.ts';
import { workspaceRoles, type WorkspaceRole } from './role.ts';
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
    .executeTakeFirst();
  return row && { workspace: toWorkspace(row), role: row.role === null ? null : toRole(row.role) };
}

/** The workspace, whoever asks. Undefined when there is none. */
export async function findAnyWorkspace(query: Query, workspaceId: string): Promise<Workspace | undefined> {
  const row = await query
    .selectFrom('workspaces')
    .selectAll()
    .where('id', '=', workspaceId)
    .executeTakeFirst();
  return row && toWorkspace(row);
}

/** Every workspace of the installation, oldest first. */
export async function listAllWorkspaces(query: Query): Promise<Workspace[]> {
  const rows = await query.selectFrom('workspaces').selectAll().orderBy('id').execute();
  return rows.map(toWorkspace);
}

/** Renames; false when there is no such workspace. */
export async function updateName(query: Query, id: string, name: string, now: number): Promise<boolean> {
  const rows = await query
    .updateTable('workspaces')
    .set({ name, updated_at: now })
    .where('id', '=', id)
    .returning('id')
    .execute();
  return rows.length > 0;
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

/** Adds a member or changes the role. Throws `conflict` when no owner would be left; run it inside a transaction. */
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
  // Locks the workspace's row, so that of two owners who step down at the same time the second sees the first.
  await query.updateTable('workspaces').set({ updated_at: now }).where('id', '=', workspaceId).execute();
  await query
    .insertInto('workspace_members')
    .values({ workspace_id: workspaceId, user_id: userId, role, joined_at: now })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'user_id']).doUpdateSet({ role }))
    .execute();
  const owner = await query
    .selectFrom('workspace_members')
    .select('user_id')
    .where('workspace_id', '=', workspaceId)
    .where('role', '=', 'owner')
    .executeTakeFirst();
  if (owner) return;
  throw new RaptorFlowError(
    'conflict',
    'A workspace keeps at least one owner; make somebody else the owner first.',
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

function toRole(text: string): WorkspaceRole {
  const role = workspaceRoles.find((each) => each === text);
  if (role) return role;
  throw new RaptorFlowError('storage_corrupt', `The membership table holds the unknown role "${text}".`);
}
