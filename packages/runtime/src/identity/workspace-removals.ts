import {
  isRaptorFlowError,
  Lifecycle,
  RaptorFlowError,
  type Clock,
  type Logger,
  type Service,
  type Timer,
} from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import { tellChange } from './change.ts';
import { deleteRows, keyColumns } from './tenant-rows.ts';
import type { IdentityTables } from './tables.ts';
import type { WorkspaceChronicle } from './workspace-chronicle.ts';
import { lockWorkspace } from './workspaces.ts';

/**
 * Deletes workspaces for good. A deletion goes through:
 *
 * - started: in one transaction nobody is a member any more, keys and invitations hold no longer, and `workspace.deletion_started` is
 *   published. From here on there is no way back, and no way in.
 * - emptied: every tenant table, in transactions of at most 500 rows, by whichever process finds it; killed in between, another or the
 *   next one goes on. Tables that are kept are left out.
 * - forgotten: what outlives the workspace (an audit chain) gives up what must not stay; see `WorkspaceChronicle`.
 * - deleted: the row of the workspace goes and `workspace.deleted` is published, in one transaction.
 * - swept: for an hour what was still being written at the moment of the deletion is deleted as it appears; at the end of it the chronicle
 *   forgets once more.
 *
 * A tenant table that has to outlive its workspace is named in `keptTables` where the identity is composed.
 */
export interface WorkspaceRemovals extends Service {
  /**
   * Starts a deletion; resolves as soon as nobody can enter any more. Throws `invalid_input` unless `name` is the workspace's, and `not_found`.
   */
  request(request: { readonly workspaceId: string; readonly name: string }): Promise<void>;
  /** Goes on with every deletion that is under way, and resolves when all are done. */
  finish(): Promise<void>;
}

/** What removals work with. */
export interface WorkspaceRemovalsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Every declared tenant table. */
  readonly tables: readonly string[];
  /** Those of them that outlive their workspace. */
  readonly keptTables: readonly string[];
  /** Stops what works in a workspace, before its tables are emptied; default: nothing. */
  readonly quiet?: (workspaceId: string) => Promise<void>;
  /** Default: nothing outlives a workspace. */
  readonly chronicle?: Pick<WorkspaceChronicle, 'forget'>;
}

/** What is to be known of the relational core's own table of events. */
interface RefusedEvents {
  outbox: { workspace_id: string | null; refused_code: string | null };
}

const rowsAtOnce = 500;
/** How often each process looks for deletions that another one left unfinished. */
const lookMs = 60_000;
const sweptMs = 60 * 60 * 1_000;

/** Builds the removals. */
export function createWorkspaceRemovals(deps: WorkspaceRemovalsDeps): WorkspaceRemovals {
  return new Removals(deps);
}

class Removals implements WorkspaceRemovals {
  readonly #deps: WorkspaceRemovalsDeps;
  readonly #lifecycle: Lifecycle;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;
  #again = false;
  #isRunning = false;
  #stopping = false;

  constructor(deps: WorkspaceRemovalsDeps) {
    this.#deps = deps;
    this.#lifecycle = new Lifecycle('the removals of workspaces', {
      start: async () => {
        this.#isRunning = true;
        this.#timer = deps.clock.setInterval(() => this.#wake(), lookMs).unref();
        this.#wake();
      },
      stop: async () => {
        this.#isRunning = false;
        this.#stopping = true;
        this.#timer?.cancel();
        await this.#working;
      },
    });
  }

  get state(): Service['state'] {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: Parameters<Service['stop']>[0]): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  async request({
    workspaceId,
    name,
  }: {
    readonly workspaceId: string;
    readonly name: string;
  }): Promise<void> {
    const { db, clock } = this.#deps;
    await db.transaction(null, async (tx) => {
      const query = tx.query<IdentityTables>();
      const workspace = await lockWorkspace(query, workspaceId);
      if (name !== workspace.name) {
        throw new RaptorFlowError(
          'invalid_input',
          'Type the name of the workspace, to the letter, to delete it and everything in it for good.',
        );
      }
      await query
        .updateTable('workspaces')
        // Its address and its place as somebody's first workspace are free from now on.
        .set({ deleting_since: clock.now(), first_of: null, slug: workspaceId })
        .where('id', '=', workspaceId)
        .execute();
      for (const table of ['workspace_members', 'api_keys', 'invitations'] as const) {
        await query.deleteFrom(table).where('workspace_id', '=', workspaceId).execute();
      }
      tellChange(tx, 'workspace.deletion_started', workspaceId, { name });
    });
    this.#wake();
  }

  async finish(): Promise<void> {
    const { db, clock, chronicle } = this.#deps;
    const system = db.system<IdentityTables>();
    const under = await system
      .selectFrom('workspaces')
      .select('id')
      .where('deleting_since', 'is not', null)
      .orderBy('deleting_since')
      .execute();
    for (const { id } of under) {
      if (this.#stopping) return;
      await this.#deps.quiet?.(id);
      if (!(await this.#empty(id))) return;
      // Killed behind it, the next one forgets again.
      await chronicle?.forget(id);
      await this.#conclude(id);
    }
    const removed = await system.selectFrom('removed_workspaces').selectAll().execute();
    for (const { workspace_id: id, removed_at: at } of removed) {
      if (this.#stopping) return;
      await this.#empty(id);
      if (clock.now() - at < sweptMs) continue;
      await chronicle?.forget(id);
      await system.deleteFrom('removed_workspaces').where('workspace_id', '=', id).execute();
    }
  }

  /** Deletes until a round over all tables finds nothing. False when stopped in between. */
  async #empty(workspaceId: string): Promise<boolean> {
    const { tables, keptTables } = this.#deps;
    const emptied = tables.filter((table) => !keptTables.includes(table));
    for (;;) {
      let [deleted, blocked] = [0, ''];
      for (const table of emptied) {
        const key = await keyColumns(this.#deps.db, table);
        for (;;) {
          if (this.#stopping) return false;
          const count = await this.#deleteSome(table, key, workspaceId);
          if (count === 'blocked') blocked = table;
          else deleted += count;
          if (count === 'blocked' || count < rowsAtOnce) break;
        }
      }
      if (deleted > 0) continue;
      if (blocked === '') return true;
      throw new RaptorFlowError(
        'conflict',
        `The rows of ${workspaceId} in ${blocked} cannot be deleted: rows of a table that is kept refer to them.`,
      );
    }
  }

  async #deleteSome(table: string, key: readonly string[], workspaceId: string): Promise<number | 'blocked'> {
    try {
      return await this.#deps.db.transaction(null, (tx) =>
        deleteRows(tx.query(), table, key, workspaceId, rowsAtOnce),
      );
    } catch (error) {
      // Rows of another table refer to these; that one's turn comes, and then theirs again.
      if (isRaptorFlowError(error, 'constraint_violated')) return 'blocked';
      throw error;
    }
  }

  async #conclude(workspaceId: string): Promise<void> {
    const { db, clock, logger } = this.#deps;
    await db.transaction(null, async (tx) => {
      const query = tx.query<IdentityTables>();
      const [row] = await query
        .deleteFrom('workspaces')
        .where('id', '=', workspaceId)
        .where('deleting_since', 'is not', null)
        .returning('name')
        .execute();
      // Another process was faster, and has told of it.
      if (!row) return;
      // Events that the bus refuses for good wait for a person, and nobody is left to look at them; all others are on their way.
      await tx
        .query<RefusedEvents>()
        .deleteFrom('outbox')
        .where('workspace_id', '=', workspaceId)
        .where('refused_code', 'is not', null)
        .execute();
      await query
        .insertInto('removed_workspaces')
        .values({ workspace_id: workspaceId, removed_at: clock.now() })
        .execute();
      tellChange(tx, 'workspace.deleted', workspaceId, { name: row.name });
    });
    logger.info('A workspace was deleted.', { workspace_id: workspaceId });
  }

  // One round at a time in a process; whoever wakes it meanwhile gets another round.
  #wake(): void {
    if (!this.#isRunning) return;
    this.#again = true;
    this.#working ??= this.#work().finally(() => (this.#working = undefined));
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopping) {
      this.#again = false;
      try {
        await this.finish();
      } catch (error) {
        this.#deps.logger.warn('The deletion of a workspace did not finish; it goes on in a minute.', {
          error,
        });
        return;
      }
    }
  }
}
