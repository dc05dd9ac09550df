import type { Kysely } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import { readApiKey } from './api-key.ts';
import { toKeyRole, toScopes } from './api-key-rows.ts';
import type { Entrance, Principal, WorkspaceHints } from './principal.ts';
import { lesserRole, toRole } from './role.ts';
import { matchesHash } from './secret.ts';
import type { IdentityTables } from './tables.ts';

/*
 * Who is calling and where they are is read in one statement at each request: whether the token was signed out, whether the user still
 * is, which workspace is meant, and what the user is in it. Nothing is remembered between requests, so what ends a session, a key or a
 * membership, in whichever process, holds from the next request on.
 */

type Query = Kysely<IdentityTables>;

/** A token whose signature and times are good. */
export interface ReadToken {
  /** The user: by our own id, or by who they are at the issuer. */
  readonly user: { readonly id: string } | { readonly subject: string };
  readonly tokenId: string;
  readonly expiresAt: number;
  /** Whether the token carries the rights of the operator. */
  readonly operator: boolean;
}

/** A caller as the database knows them. */
export interface FoundCaller {
  readonly principal: Principal;
  readonly email: string | null;
  /** Where the caller is; null when no workspace was asked for, or the user has none. */
  readonly entrance: Entrance | null;
}

/** The end of a key that does not expire: the last moment of the year 9999. */
const foreverMs = 253_402_300_799_999;
/** A key's last use is written down when the one before is older than this. */
const useNotedMs = 60_000;

/**
 * Looks a token up; `hints` of null ask for no workspace. Undefined when its user is not known here.
 * Throws `token_revoked`, and for a workspace that is named `not_found`, then `forbidden`.
 */
export async function findUserOfToken(
  query: Query,
  token: ReadToken,
  hints: WorkspaceHints | null,
): Promise<FoundCaller | undefined> {
  const { user, tokenId, expiresAt } = token;
  const named = hints === null ? undefined : namedWorkspace(hints);
  const base = query
    .selectFrom('users as user')
    .leftJoin('revoked_tokens as revoked', (join) => join.on('revoked.token_id', '=', tokenId));
  const placed =
    hints !== null && named === undefined
      ? // The oldest membership; none is in a workspace that is being deleted.
        base
          .leftJoin('workspace_members as member', 'member.user_id', 'user.id')
          .leftJoin('workspaces as workspace', 'workspace.id', 'member.workspace_id')
          .orderBy('member.joined_at')
          .orderBy('member.workspace_id')
          .limit(1)
      : base
          .leftJoin('workspaces as workspace', (join) =>
            join.on('workspace.id', '=', named ?? null).on('workspace.deleting_since', 'is', null),
          )
          .leftJoin('workspace_members as member', (join) =>
            join.onRef('member.workspace_id', '=', 'workspace.id').onRef('member.user_id', '=', 'user.id'),
          );
  const row = await placed
    .select(['user.id', 'user.display_name', 'user.email', 'user.operator'])
    .select(['revoked.token_id as revoked', 'workspace.id as workspace_id', 'member.role'])
    .where((where) =>
      'id' in user ? where('user.id', '=', user.id) : where('user.subject', '=', user.subject),
    )
    .executeTakeFirst();
  if (!row) return undefined;
  if (row.revoked !== null) {
    throw new RaptorFlowError('token_revoked', 'This token was signed out; sign in again.');
  }
  // The right must be in the token and still belong to the user: it can be given up for a token, and taken away from a user.
  const operator = token.operator && row.operator !== 0;
  return {
    principal: { userId: row.id, displayName: row.display_name, operator, tokenId, expiresAt },
    email: row.email,
    entrance: entranceOf(named, row.workspace_id, row.role),
  };
}

function entranceOf(
  named: string | undefined,
  workspaceId: string | null,
  role: string | null,
): Entrance | null {
  if (workspaceId !== null && role !== null) return { workspaceId, role: toRole(role) };
  if (named === undefined) return null;
  throw workspaceId === null ? unknownWorkspace(named) : strangerTo(workspaceId);
}

/** A caller with an API key. */
export interface FoundKey extends FoundCaller {
  readonly entrance: Entrance;
  /** Whether this use is to be written down. */
  readonly noteUse: boolean;
}

/**
 * Looks an API key up: one statement, too. The key acts as the user who made it, at most with its own role, and ends with their membership.
 * Throws `token_invalid`, `token_expired`, `token_revoked`, and `forbidden` for another workspace than the key's.
 */
export async function findKey(
  query: Query,
  text: string,
  hints: WorkspaceHints | null,
  nowMs: number,
): Promise<FoundKey> {
  const parts = readApiKey(text);
  if (!parts) throw new RaptorFlowError('token_invalid', 'The API key is not whole; copy all of it.');
  const row = await query
    .selectFrom('api_keys as key')
    .innerJoin('workspaces as workspace', 'workspace.id', 'key.workspace_id')
    .innerJoin('users as user', 'user.id', 'key.created_by')
    .leftJoin('workspace_members as member', (join) =>
      join.onRef('member.workspace_id', '=', 'workspace.id').onRef('member.user_id', '=', 'user.id'),
    )
    .selectAll('key')
    .select(['user.display_name', 'user.email', 'workspace.deleting_since', 'member.role as member_role'])
    .where('key.prefix', '=', parts.prefix)
    .executeTakeFirst();
  if (!row || !matchesHash(parts.secret, row.secret_hash)) {
    throw new RaptorFlowError('token_invalid', 'There is no such API key here; make one in the settings.');
  }
  if (row.revoked_at !== null || row.deleting_since !== null || row.member_role === null) {
    throw new RaptorFlowError(
      'token_revoked',
      'This API key was revoked, or whoever made it is no longer a member of its workspace; make a new one.',
    );
  }
  if (row.expires_at !== null && row.expires_at <= nowMs) {
    throw new RaptorFlowError('token_expired', 'This API key has expired; make a new one in the settings.');
  }
  const { workspace_id: workspaceId } = row;
  const named = hints === null ? undefined : namedWorkspace(hints);
  if (named !== undefined && named !== workspaceId) throw keyOfAnother(workspaceId);
  const keyRole = toKeyRole(row.role);
  return {
    principal: {
      userId: row.created_by,
      displayName: row.display_name,
      operator: false,
      tokenId: row.id,
      expiresAt: row.expires_at ?? foreverMs,
      key: { keyId: row.id, workspaceId, role: keyRole, scopes: toScopes(row.scopes) },
    },
    email: row.email,
    entrance: { workspaceId, role: lesserRole(keyRole, toRole(row.member_role)) },
    noteUse: row.last_used_at === null || nowMs - row.last_used_at >= useNotedMs,
  };
}

/** Writes down that a key was used, unless another process did so in the last minute. */
export async function noteKeyUse(query: Query, keyId: string, nowMs: number): Promise<void> {
  await query
    .updateTable('api_keys')
    .set({ last_used_at: nowMs })
    .where('id', '=', keyId)
    .where((where) =>
      where.or([where('last_used_at', 'is', null), where('last_used_at', '<=', nowMs - useNotedMs)]),
    )
    .execute();
}

/** The workspace that a request names, if it names one: header, then query, then path. */
function namedWorkspace(hints: WorkspaceHints): string | undefined {
  return [hints.header, hints.query, hints.path].find((hint) => hint !== undefined && hint !== '');
}

/** The error for a workspace that does not exist. */
export function unknownWorkspace(workspaceId: string): RaptorFlowError {
  return new RaptorFlowError('not_found', 'There is no such workspace; GET /api/v1/workspaces lists yours.', {
    details: { workspace_id: workspaceId.slice(0, 200) },
  });
}

/** The error for a workspace that the caller is no member of. */
export function strangerTo(workspaceId: string): RaptorFlowError {
  return new RaptorFlowError(
    'forbidden',
    'You are not a member of this workspace. Ask its owner, or choose one of yours (GET /api/v1/workspaces).',
    { details: { workspace_id: workspaceId } },
  );
}

function keyOfAnother(workspaceId: string): RaptorFlowError {
  return new RaptorFlowError(
    'forbidden',
    'This API key belongs to another workspace; leave X-Workspace-Id and workspace_id out, or use a key of that workspace.',
    { details: { key_workspace_id: workspaceId } },
  );
}
