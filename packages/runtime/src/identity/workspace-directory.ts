import { RaptorFlowError, type Clock, type Ids } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import type { Entrance, MemberWorkspace, Workspace, WorkspaceHints, WorkspaceMember } from './principal.ts';
import type { WorkspaceRole } from './role.ts';
import type { IdentityTables } from './tables.ts';
import { findUser } from './users.ts';
import {
  findAnyWorkspace,
  findWorkspace,
  insertWorkspace,
  listAllWorkspaces,
  listMembersOf,
  listWorkspacesOf,
  updateName,
  upsertMember,
  type NewWorkspace,
} from './workspaces.ts';

/** The channel on which the life of workspaces is told. */
export const workspaceChannel = 'sys.workspace.lifecycle';

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
  /** Publishes `workspace.renamed`. Throws `invalid_input` or `not_found`. */
  rename(workspaceId: string, name: string): Promise<void>;
  /**
   * Which workspace a request means: header, then query, then path, else the user's first one.
   * Throws `not_found` for one that does not exist, then `forbidden` for a stranger.
   */
  resolve(userId: string, hints: WorkspaceHints): Promise<Entrance>;
  /**
   * Makes a user a member, or changes the role; publishes `member.added` or `member.role_changed`.
   * Throws `not_found` for an unknown user or workspace, and `conflict` when no owner would be left.
   */
  setMember(request: {
    readonly workspaceId: string;
    readonly userId: string;
    readonly role: WorkspaceRole;
  }): Promise<void>;
}

interface DirectoryDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
}

const nameCharactersMax = 120;

/** Builds the directory of workspaces. */
export function createWorkspaces(
  options: { readonly workspacesPerUserMax: number },
  deps: DirectoryDeps,
): Workspaces {
  return new StoredWorkspaces(options.workspacesPerUserMax, deps);
}

class StoredWorkspaces implements Workspaces {
  readonly #perUserMax: number;
  readonly #deps: DirectoryDeps;

  constructor(perUserMax: number, deps: DirectoryDeps) {
    this.#perUserMax = perUserMax;
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
    throw new RaptorFlowError(
      'forbidden',
      'You are not a member of this workspace. Ask its owner, or choose one of yours (GET /api/v1/workspaces).',
      { details: { workspace_id: workspaceId } },
    );
  }

  list(userId: string): Promise<MemberWorkspace[]> {
    return listWorkspacesOf(this.#deps.db.system<IdentityTables>(), userId);
  }

  members(workspaceId: string): Promise<WorkspaceMember[]> {
    return listMembersOf(this.#deps.db.system<IdentityTables>(), workspaceId);
  }

  async rename(workspaceId: string, name: string): Promise<void> {
    const checked = checkedName(name);
    const now = this.#deps.clock.now();
    await this.#deps.db.transaction(null, async (tx) => {
      if (!(await updateName(tx.query<IdentityTables>(), workspaceId, checked, now)))
        throw unknownWorkspace(workspaceId);
      tx.publish(workspaceChannel, {
        type: 'workspace.renamed',
        workspaceId,
        payload: { workspace_id: workspaceId, name: checked },
      });
    });
  }

  async resolve(userId: string, hints: WorkspaceHints): Promise<Entrance> {
    const asked = [hints.header, hints.query, hints.path].find((hint) => hint !== undefined && hint !== '');
    const workspace = asked ? await this.get(asked, userId) : await this.ensureFirst(userId);
    return { workspaceId: workspace.id, role: workspace.role };
  }

  async setMember(request: {
    readonly workspaceId: string;
    readonly userId: string;
    readonly role: WorkspaceRole;
  }): Promise<void> {
    const { workspaceId, userId, role } = request;
    const now = this.#deps.clock.now();
    await this.#deps.db.transaction(null, async (tx) => {
      if (!(await findUser(tx.query<IdentityTables>(), userId))) {
        throw new RaptorFlowError('not_found', `There is no user ${userId.slice(0, 200)}.`);
      }
      const before = await findWorkspace(tx.query<IdentityTables>(), workspaceId, userId);
      if (!before) throw unknownWorkspace(workspaceId);
      if (before.role === role) return;
      await upsertMember(tx.query<IdentityTables>(), { workspaceId, userId, role, now });
      tx.publish(workspaceChannel, {
        type: before.role === null ? 'member.added' : 'member.role_changed',
        workspaceId,
        payload: { workspace_id: workspaceId, user_id: userId, role },
      });
    });
  }

  async #insert(request: Omit<NewWorkspace, 'id' | 'now'>): Promise<MemberWorkspace | undefined> {
    const { db, clock, ids } = this.#deps;
    const id = ids.next('wsp');
    return db.transaction(null, async (tx) => {
      const workspace = await insertWorkspace(tx.query<IdentityTables>(), {
        ...request,
        id,
        now: clock.now(),
      });
      if (!workspace) return undefined;
      tx.publish(workspaceChannel, {
        type: 'workspace.created',
        workspaceId: id,
        payload: { workspace_id: id, name: workspace.name, slug: workspace.slug, owner_id: request.userId },
      });
      return { ...workspace, role: 'owner' as const };
    });
  }
}

function unknownWorkspace(workspaceId: string): RaptorFlowError {
  return new RaptorFlowError('not_found', 'There is no such workspace; GET /api/v1/workspaces lists yours.', {
    details: { workspace_id: workspaceId.slice(0, 200) },
  });
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
