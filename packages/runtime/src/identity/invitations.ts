import type { Kysely, Selectable } from 'kysely';
import { RaptorFlowError, type Clock, type Ids, type Random } from 'raptorflow/kernel';
import type { Database, UnitOfWork } from '../db/index.ts';
import { tellChange } from './change.ts';
import { toKeyRole } from './api-key-rows.ts';
import type { KeyRole } from './api-key.ts';
import { newSecret, secretHash } from './secret.ts';
import type { IdentityTables } from './tables.ts';
import { countMembers, lockWorkspace, roleOf, upsertMember } from './workspaces.ts';

/** An invitation as its workspace sees it. Times are epoch milliseconds. */
export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: KeyRole;
  readonly invitedBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** An invitation that was just made. */
export interface MadeInvitation extends Invitation {
  /** 256 random bits, for the link; known only now. Whoever has it may enter the workspace, once. */
  readonly code: string;
}

/** Where an accepted invitation leads. */
export interface AcceptedInvitation {
  readonly workspaceId: string;
  readonly role: KeyRole;
}

/** Invitations to workspaces. Callers check roles: inviting is an admin's business. */
export interface Invitations {
  /**
   * Makes an invitation, in place of an open one for the same address; publishes `invitation.created`. Throws `invalid_input`, `not_found`, and
   * `exhausted` beyond `invitationsMax` open ones.
   */
  create(request: {
    readonly workspaceId: string;
    readonly userId: string;
    readonly email: string;
    readonly role: KeyRole;
    /** How long it holds; default 7 days, at most 30. */
    readonly ttlMs?: number;
  }): Promise<MadeInvitation>;
  /** The open ones, newest first. */
  list(workspaceId: string): Promise<Invitation[]>;
  /** Publishes `invitation.revoked`. Throws `not_found` for one that is not open. */
  revoke(workspaceId: string, invitationId: string): Promise<void>;
  /**
   * Makes the user a member, once; publishes `invitation.accepted` and `member.added`. Throws `invalid_link`, `used_link`, `expired_link`, and
   * `conflict` for somebody who is a member already: then the link stays good for somebody else.
   */
  accept(code: string, userId: string): Promise<AcceptedInvitation>;
}

/** What the invitations are kept with. */
export interface InvitationsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
}

const dayMs = 24 * 60 * 60 * 1_000;
const ttlMsDefault = 7 * dayMs;
const ttlMsMax = 30 * dayMs;
const ttlMsMin = 60_000;
/** Ended invitations are remembered for as long, so that whoever opens an old link hears what happened to it. */
const remembranceMs = 30 * dayMs;
const codeCharactersMax = 500;

/** Builds the invitations. */
export function createInvitations(
  options: { readonly invitationsMax: number; readonly membersMax: number },
  deps: InvitationsDeps,
): Invitations {
  const { db, clock } = deps;
  return {
    create: (request) => createInvitation(request, options.invitationsMax, deps),
    async list(workspaceId) {
      const rows = await open(db.forWorkspace<IdentityTables>(workspaceId), clock.now())
        .selectAll()
        .orderBy('id', 'desc')
        .execute();
      return rows.map(toInvitation);
    },
    async revoke(workspaceId, invitationId) {
      const now = clock.now();
      await db.transaction(workspaceId, async (tx) => {
        const [row] = await tx
          .query<IdentityTables>()
          .updateTable('invitations')
          .set({ revoked_at: now })
          .where('id', '=', invitationId)
          .where('accepted_at', 'is', null)
          .where('revoked_at', 'is', null)
          .returning('id')
          .execute();
        if (!row) {
          throw new RaptorFlowError(
            'not_found',
            'This workspace has no such open invitation; GET /api/v1/invitations lists them.',
          );
        }
        tellChange(tx, 'invitation.revoked', workspaceId, { invitation_id: row.id });
      });
    },
    accept: (code, userId) =>
      db.transaction(null, (tx) =>
        accept(tx, { code: code.slice(0, codeCharactersMax), userId, now: clock.now() }, options.membersMax),
      ),
  };
}

async function createInvitation(
  request: Parameters<Invitations['create']>[0],
  invitationsMax: number,
  { db, clock, ids, random }: InvitationsDeps,
): Promise<MadeInvitation> {
  const { workspaceId, userId, role } = request;
  const email = checkedEmail(request.email);
  const ttlMs = request.ttlMs ?? ttlMsDefault;
  if (ttlMs < ttlMsMin || ttlMs > ttlMsMax) {
    throw new RaptorFlowError('invalid_input', 'An invitation holds for one minute to 30 days.');
  }
  const now = clock.now();
  const code = newSecret(random);
  const invitation = {
    id: ids.next('inv'),
    email,
    role,
    invited_by: userId,
    created_at: now,
    expires_at: now + ttlMs,
  };
  await db.transaction(null, async (tx) => {
    const query = tx.query<IdentityTables>();
    await lockWorkspace(query, workspaceId);
    await tidyUp(query, workspaceId, email, now);
    await refuseTooMany(query, workspaceId, invitationsMax, now);
    await query
      .insertInto('invitations')
      .values({
        ...invitation,
        workspace_id: workspaceId,
        code_hash: secretHash(code),
        accepted_at: null,
        accepted_by: null,
        revoked_at: null,
      })
      .execute();
    tellChange(tx, 'invitation.created', workspaceId, { invitation_id: invitation.id, role });
  });
  return { ...toInvitation(invitation), code };
}

async function accept(
  tx: UnitOfWork,
  { code, userId, now }: { readonly code: string; readonly userId: string; readonly now: number },
  membersMax: number,
): Promise<AcceptedInvitation> {
  const query = tx.query<IdentityTables>();
  const hash = secretHash(code);
  const meant = await query
    .selectFrom('invitations')
    .select('workspace_id')
    .where('code_hash', '=', hash)
    .executeTakeFirst();
  if (!meant) throw unknownInvitation();
  const { workspace_id: workspaceId } = meant;
  // Taken first, as whoever invites and takes back does, so that none waits for another in a circle.
  await lockWorkspace(query, workspaceId);
  const [used] = await query
    .updateTable('invitations')
    .set({ accepted_at: now, accepted_by: userId })
    .where('code_hash', '=', hash)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .returning(['id', 'role'])
    .execute();
  if (!used) throw await refusalOf(query, hash);
  const role = toKeyRole(used.role);
  if ((await roleOf(query, workspaceId, userId)) !== null) {
    throw new RaptorFlowError(
      'conflict',
      'You are a member of this workspace already. The invitation stays good for whom it is meant for.',
      { details: { workspace_id: workspaceId } },
    );
  }
  if ((await countMembers(query, workspaceId)) >= membersMax) {
    throw new RaptorFlowError(
      'exhausted',
      `This workspace has membersMax = ${membersMax} members already; ask an admin to remove one.`,
      { retryable: false },
    );
  }
  await upsertMember(query, { workspaceId, userId, role, now });
  tellChange(tx, 'invitation.accepted', workspaceId, { invitation_id: used.id, user_id: userId });
  tellChange(tx, 'member.added', workspaceId, { user_id: userId, role });
  return { workspaceId, role };
}

async function refusalOf(query: Kysely<IdentityTables>, hash: string): Promise<RaptorFlowError> {
  const row = await query
    .selectFrom('invitations')
    .select(['accepted_at', 'revoked_at'])
    .where('code_hash', '=', hash)
    .executeTakeFirst();
  if (!row || row.revoked_at !== null) return unknownInvitation();
  return row.accepted_at === null
    ? new RaptorFlowError('expired_link', 'This invitation has expired. Ask for a new one.')
    : new RaptorFlowError('used_link', 'This invitation was accepted before; it works once.');
}

function unknownInvitation(): RaptorFlowError {
  return new RaptorFlowError(
    'invalid_link',
    'This invitation is not known here, or was taken back. Copy the whole link, or ask for a new one.',
  );
}

// An address has one open invitation, and what ended long ago is forgotten.
async function tidyUp(
  query: Kysely<IdentityTables>,
  workspaceId: string,
  email: string,
  now: number,
): Promise<void> {
  await query
    .deleteFrom('invitations')
    .where('workspace_id', '=', workspaceId)
    .where('expires_at', '<', now - remembranceMs)
    .execute();
  await query
    .updateTable('invitations')
    .set({ revoked_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('email', '=', email)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute();
}

async function refuseTooMany(
  query: Kysely<IdentityTables>,
  workspaceId: string,
  max: number,
  now: number,
): Promise<void> {
  const { count } = await open(query, now)
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  if (count < max) return;
  throw new RaptorFlowError(
    'exhausted',
    `This workspace has invitationsMax = ${max} open invitations already; take one back first.`,
    { retryable: false },
  );
}

function open(query: Kysely<IdentityTables>, now: number) {
  return query
    .selectFrom('invitations')
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now);
}

function toInvitation(
  row: Pick<
    Selectable<IdentityTables['invitations']>,
    'id' | 'email' | 'role' | 'invited_by' | 'created_at' | 'expires_at'
  >,
): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: toKeyRole(row.role),
    invitedBy: row.invited_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

// What mail servers make of an address is theirs to say; this keeps out what could never be one, and line breaks.
function checkedEmail(text: string): string {
  const email = text.trim().toLowerCase();
  if (email.length <= 254 && /^[^\s@<>,;]+@[^\s@<>,;]+$/u.test(email)) return email;
  throw new RaptorFlowError('invalid_input', 'Write the address of the person, such as ada@example.com.');
}
