import { RaptorFlowError, type Clock, type Ids } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import { strangerTo, unknownWorkspace } from './admission.ts';
import { tellChange } from './change.ts';
import type { MemberWorkspace, Workspace, WorkspaceMember } from './principal.ts';
import { requireRole, type WorkspaceRole } from './role.ts';
import type { IdentityTables } from './tables.ts';
import { findUser } from './users.ts';
import type { WorkspaceChronicle } from './workspace-chronicle.ts';
import {
  changeWorkspace,
  countMembers,
  deleteMember,
  findAnyWorkspace,
  findWorkspace,
  insertWorkspace,
  listAllWorkspaces,
  listMembersOf,
  listWorkspacesOf,
  lockWorkspace,
  roleOf,
  upsertMember,
  type NewWorkspace,
} from './workspaces.ts';

/** The workspaces of an installation and who may enter them. Callers check roles; see `requireRole`. */
export interface Workspaces {
  /**
   * Makes a workspace that the user owns, and publishes `workspace.created`.
   * Throws `invalid_input` for an empty name or unknown time zone, and `exhausted` beyond `workspacesPerUserMax`.
   */
  create(request: {
    readonly userId: string;
    readonly name: string;
    readonly timeZone?: string;
  }): Promise<MemberWorkspace>;
  /** The user's first workspace, made (with its event) if the user has none. Two calls at once make one. */
  ensureFirst(userId: string): Promise<MemberWorkspace>;
  /** The workspace as this user sees it. Throws `not_found`, then `forbidden`. */
  get(workspaceId: string, userId: string): Promise<MemberWorkspace>;
  /** The user's workspaces, oldest membership first. */
  list(userId: string): Promise<MemberWorkspace[]>;
  /** The workspace, for the installation's own work, never for a caller. Undefined when there is none. */
  find(workspaceId: string): Promise<Workspace | undefined>;
  /** Every workspace of the installation, oldest first: for the installation's own work, never for a caller. */
  listAll(): Promise<Workspace[]>;
  /** The members, oldest first. */
  members(workspaceId: string): Promise<WorkspaceMember[]>;
  /**
   * Changes name or time zone; publishes `workspace.renamed` or, when only the time zone changes, `workspace.changed`. The address stays. The
   * budget month of a new time zone begins with the next one. Throws `invalid_input` or `not_found`.
   */
  change(
    workspaceId: string,
    change: { readonly name?: string | undefined; readonly timeZone?: string | undefined },
  ): Promise<void>;
  /**
   * Makes a user a member, or changes the role; publishes `member.added` or `member.role_changed`.
   * Throws `not_found` for an unknown user or workspace, `forbidden` when `by` does not include both roles, `exhausted` beyond `membersMax`,
   * and `conflict` when no owner would be left.
   */
  setMember(request: {
    readonly workspaceId: string;
    readonly userId: string;
    readonly role: WorkspaceRole;
    /** The role of whoever asks, who can give and take only what they have themselves. Default: the installation asks. */
    readonly by?: WorkspaceRole;
    /** Refuse a user who is no member yet, with `not_found`. */
    readonly existing?: boolean;
  }): Promise<void>;
  /**
   * Ends a membership, at once and in every process; publishes `member.removed`. Throws `not_found` when there is none, `forbidden` when
   * `by` does not include the member's role, and `conflict` when no owner would be left.
   */
  removeMember(request: {
    readonly workspaceId: string;
    readonly userId: string;
    readonly by?: WorkspaceRole;
  }): Promise<void>;
}

interface DirectoryDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly chronicle?: WorkspaceChronicle;
}

const nameCharactersMax = 120;

/** Builds the directory of workspaces. */
export function createWorkspaces(
  options: { readonly workspacesPerUserMax: number; readonly membersMax: number },
  deps: DirectoryDeps,
): Workspaces {
  return new StoredWorkspaces(options.workspacesPerUserMax, options.membersMax, deps);
}

class StoredWorkspaces implements Workspaces {
  readonly #perUserMax: number;
  readonly #membersMax: number;
  readonly #deps: DirectoryDeps;

  constructor(perUserMax: number, membersMax: number, deps: DirectoryDeps) {
    this.#perUserMax = perUserMax;
    this.#membersMax = membersMax;
    this.#deps = deps;
  }

  async create(request: {
    readonly userId: string;
    readonly name: string;
    readonly timeZone?: string;
  }): Promise<MemberWorkspace> {
    const name = checkedName(request.name);
    const timeZone = checkedTimeZone(request.timeZone ?? 'UTC');
    const { userId } = request;
    const existing = await this.list(userId);
    if (existing.length >= this.#perUserMax) {
      throw new RaptorFlowError(
        'exhausted',
        `You are in workspacesPerUserMax = ${this.#perUserMax} workspaces already; leave one first.`,
        { retryable: false },
      );
    }
    const created = await this.#insert({ name, timeZone, userId, first: false });
    if (created) return created;
    throw new RaptorFlowError(
      'conflict',
      `The name "${name}" could not be made into a unique address; choose another.`,
    );
  }

  find(workspaceId: string): Promise<Workspace | undefined> {
    return findAnyWorkspace(this.#deps.db.system<IdentityTables>(), workspaceId);
  }

  listAll(): Promise<Workspace[]> {
    return listAllWorkspaces(this.#deps.db.system<IdentityTables>());
  }

  async ensureFirst(userId: string): Promise<MemberWorkspace> {
    const [first] = await this.list(userId);
    if (first) return first;
    const user = await findUser(this.#deps.db.system<IdentityTables>(), userId);
    if (!user) throw new RaptorFlowError('not_found', `There is no user ${userId.slice(0, 200)}.`);
    const name = `${user.displayName.slice(0, 100) || 'My'}’s workspace`;
    const created = await this.#insert({ name, timeZone: 'UTC', userId, first: true });
    if (created) return created;
    // Another request made it in the meantime.
    const [other] = await this.list(userId);
    if (other) return other;
    throw new RaptorFlowError(
      'conflict',
      'Your first workspace was removed while it was being made; try again.',
    );
  }

  async get(workspaceId: string, userId: string): Promise<MemberWorkspace> {
    const found = await findWorkspace(this.#deps.db.system<IdentityTables>(), workspaceId, userId);
    if (!found) throw unknownWorkspace(workspaceId);
    if (found.role !== null) return { ...found.workspace, role: found.role };
    throw strangerTo(workspaceId);
  }

  list(userId: string): Promise<MemberWorkspace[]> {
    return listWorkspacesOf(this.#deps.db.system<IdentityTables>(), userId);
  }

  members(workspaceId: string): Promise<WorkspaceMember[]> {
    return listMembersOf(this.#deps.db.system<IdentityTables>(), workspaceId);
  }

  async change(
    workspaceId: string,
    change: { readonly name?: string | undefined; readonly timeZone?: string | undefined },
  ): Promise<void> {
    const checked = {
      ...(change.name === undefined ? {} : { name: checkedName(change.name) }),
      ...(change.timeZone === undefined ? {} : { timeZone: checkedTimeZone(change.timeZone) }),
    };
    const now = this.#deps.clock.now();
    await this.#deps.db.transaction(null, async (tx) => {
      const before = await changeWorkspace(tx.query<IdentityTables>(), workspaceId, checked, now);
      const { name = before.name, timeZone = before.timeZone } = checked;
      const payload = { name, time_zone: timeZone };
      if (name !== before.name) tellChange(tx, 'workspace.renamed', workspaceId, payload);
      else if (timeZone !== before.timeZone) tellChange(tx, 'workspace.changed', workspaceId, payload);
    });
  }

  async setMember(request: Parameters<Workspaces['setMember']>[0]): Promise<void> {
    const { workspaceId, userId, role, by } = request;
    const now = this.#deps.clock.now();
    await this.#deps.db.transaction(null, async (tx) => {
      const query = tx.query<IdentityTables>();
      if (!(await findUser(query, userId))) {
        throw new RaptorFlowError('not_found', `There is no user ${userId.slice(0, 200)}.`);
      }
      await lockWorkspace(query, workspaceId);
      const before = await roleOf(query, workspaceId, userId);
      if (before === null) {
        if (request.existing === true) throw noMember();
        this.#refuseCrowd(await countMembers(query, workspaceId));
      } else if (by !== undefined) requireRole(by, before);
      if (by !== undefined) requireRole(by, role);
      if (before === role) return;
      await upsertMember(query, { workspaceId, userId, role, now });
      tellChange(tx, before === null ? 'member.added' : 'member.role_changed', workspaceId, {
        user_id: userId,
        role,
        ...(before === null ? {} : { role_before: before }),
      });
    });
  }

  async removeMember(request: Parameters<Workspaces['removeMember']>[0]): Promise<void> {
    const { workspaceId, userId, by } = request;
    await this.#deps.db.transaction(null, async (tx) => {
      const query = tx.query<IdentityTables>();
      await lockWorkspace(query, workspaceId);
      const role = await roleOf(query, workspaceId, userId);
      if (role === null) throw noMember();
      if (by !== undefined) requireRole(by, role);
      await deleteMember(query, workspaceId, userId);
      tellChange(tx, 'member.removed', workspaceId, { user_id: userId, role });
    });
  }

  #refuseCrowd(members: number): void {
    if (members < this.#membersMax) return;
    throw new RaptorFlowError(
      'exhausted',
      `This workspace has membersMax = ${this.#membersMax} members already; remove one first.`,
      { retryable: false },
    );
  }

  async #insert(request: Omit<NewWorkspace, 'id' | 'now'>): Promise<MemberWorkspace | undefined> {
    const { db, clock, ids, chronicle } = this.#deps;
    const id = ids.next('wsp');
    return db.transaction(null, async (tx) => {
      const workspace = await insertWorkspace(tx.query<IdentityTables>(), {
        ...request,
        id,
        now: clock.now(),
      });
      if (!workspace) return undefined;
      const { name, slug } = workspace;
      tellChange(tx, 'workspace.created', id, { name, slug, owner_id: request.userId });
      await chronicle?.created(tx, workspace, request.userId);
      return { ...workspace, role: 'owner' as const };
    });
  }
}

function noMember(): RaptorFlowError {
  return new RaptorFlowError(
    'not_found',
    'This user is no member of the workspace; GET /api/v1/members lists who is.',
  );
}

function checkedName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== '' && trimmed.length <= nameCharactersMax && !/\p{Cc}/u.test(trimmed)) return trimmed;
  throw new RaptorFlowError(
    'invalid_input',
    `A workspace's name has 1 to ${nameCharactersMax} characters and no control characters.`,
  );
}

function checkedTimeZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch (error) {
    throw new RaptorFlowError(
      'invalid_input',
      `"${timeZone.slice(0, 80)}" is no IANA time zone; write one such as "Europe/Berlin".`,
      { cause: error },
    );
  }
}
