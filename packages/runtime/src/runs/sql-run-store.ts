import { RaptorFlowError, systemClock, type Clock } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import { entryHash, type EntryContent, type JournalEntry } from './journal-entry.ts';
import type { Alongside } from './run-audit.ts';
import { runStatuses, type Run, type RunStatus, type StartRun } from './run.ts';
import { newRow, startPayload, toChangedColumns, toEntry, toEntryRow, toRun } from './run-rows.ts';
import type {
  AgentRunStats,
  AgentStatsFilter,
  AppendResult,
  RunChange,
  RunClaim,
  RunFilter,
  RunStatsRow,
  RunStore,
  Span,
} from './run-store.ts';
import type { RunTables } from './tables.ts';

const runsMax = 500;

/** Runs and journals in the relational core. */
export function createRunStore(deps: { readonly db: Database; readonly clock?: Clock }): RunStore {
  return new SqlRunStore(deps.db, deps.clock ?? systemClock);
}

class SqlRunStore implements RunStore {
  readonly #db: Database;
  readonly #clock: Clock;
  /** Where each claim's journal ends: only its holder appends, so the end need not be read again. */
  readonly #ends: WeakMap<RunClaim, { entries: number; hash: string }> = new WeakMap();

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async insert(start: StartRun, id: string): Promise<Run> {
    const nowMs = this.#clock.now();
    const first: EntryContent = { kind: 'run_started', step: null, payload: startPayload(start) };
    const entry = toEntryRow(
      { workspaceId: start.workspaceId, runId: id, seq: 0 },
      entryHash('', first),
      first,
      nowMs,
    );
    return this.#db.transaction(start.workspaceId, async (unit) => {
      const tx = unit.query<RunTables>();
      const row = newRow(start, id, entry.hash, nowMs);
      const inserted = await tx
        .insertInto('agent_runs')
        .values(row)
        .onConflict((conflict) => conflict.columns(['workspace_id', 'run_key']).doNothing())
        .executeTakeFirst();
      if (inserted.numInsertedOrUpdatedRows === 0n) {
        const known = await tx
          .selectFrom('agent_runs')
          .selectAll()
          .where('run_key', '=', start.key ?? null)
          .executeTakeFirstOrThrow();
        return toRun(known);
      }
      await tx.insertInto('run_journal').values(entry).execute();
      return toRun(row);
    });
  }

  async find(workspaceId: string, runId: string): Promise<Run | null> {
    const row = await this.#runs(workspaceId).selectAll().where('id', '=', runId).executeTakeFirst();
    return row === undefined ? null : toRun(row);
  }

  async list(workspaceId: string, filter: RunFilter): Promise<readonly Run[]> {
    const limit = filter.limit ?? 50;
    if (!Number.isInteger(limit) || limit < 1 || limit > runsMax) {
      throw new RaptorFlowError('invalid_input', `limit must be a whole number from 1 to ${runsMax}.`);
    }
    let query = this.#runs(workspaceId);
    if (filter.status !== undefined) query = query.where('status', '=', filter.status);
    if (filter.runType !== undefined) query = query.where('run_type', '=', filter.runType);
    if (filter.agentId !== undefined) query = query.where('agent_id', '=', filter.agentId);
    if (filter.campaignId !== undefined) query = query.where('campaign_id', '=', filter.campaignId);
    if (filter.parentRunId !== undefined) query = query.where('parent_run_id', '=', filter.parentRunId);
    // Ids are made in the order of time.
    if (filter.before !== undefined) query = query.where('id', '<', filter.before);
    const rows = await query.selectAll().orderBy('id', 'desc').limit(limit).execute();
    return rows.map(toRun);
  }

  async journal(workspaceId: string, runId: string): Promise<readonly JournalEntry[]> {
    const rows = await this.#db
      .forWorkspace<RunTables>(workspaceId)
      .selectFrom('run_journal')
      .selectAll()
      .where('run_id', '=', runId)
      .orderBy('seq')
      .execute();
    return rows.map(toEntry);
  }

  async claim(workspaceId: string, runId: string): Promise<RunClaim> {
    const nowMs = this.#clock.now();
    const row = await this.#db.transaction(workspaceId, async (unit) => {
      const tx = unit.query<RunTables>();
      await tx
        .updateTable('agent_runs')
        .set((run) => ({
          status: 'running',
          executions: run('executions', '+', 1),
          started_at_ms: run.fn.coalesce('started_at_ms', run.val(nowMs)),
          wait_reason: null,
        }))
        .where('id', '=', runId)
        .where('status', 'in', ['queued', 'running', 'interrupted'])
        .execute();
      return tx.selectFrom('agent_runs').selectAll().where('id', '=', runId).executeTakeFirst();
    });
    if (row?.status !== 'running') throw notExecutable(runId, row?.status);
    const claim = { workspaceId, runId, execution: row.executions };
    this.#ends.set(claim, { entries: row.entries, hash: row.last_hash });
    return claim;
  }

  async append(
    claim: RunClaim,
    content: EntryContent | null,
    change: RunChange,
    alongside?: Alongside,
  ): Promise<AppendResult> {
    const { workspaceId, runId } = claim;
    const end = this.#ends.get(claim);
    if (end === undefined) throw notExecutable(runId, undefined);
    const nowMs = this.#clock.now();
    const hash = content === null ? end.hash : entryHash(end.hash, content);
    const entries = end.entries + (content === null ? 0 : 1);
    const cancelRequested = await this.#db.transaction(workspaceId, async (unit) => {
      const tx = unit.query<RunTables>();
      const changed = await tx
        .updateTable('agent_runs')
        .set((run) => ({ ...toChangedColumns(run, change, nowMs), entries, last_hash: hash }))
        .where('id', '=', runId)
        .where('status', '=', 'running')
        .where('executions', '=', claim.execution)
        .where('entries', '=', end.entries)
        .returning('cancel_reason')
        .executeTakeFirst();
      if (changed === undefined) throw notExecutable(runId, undefined);
      if (content !== null) {
        const row = toEntryRow({ workspaceId, runId, seq: end.entries }, hash, content, nowMs);
        await tx.insertInto('run_journal').values(row).execute();
      }
      await alongside?.(unit);
      return changed.cancel_reason;
    });
    this.#ends.set(claim, { entries, hash });
    return { cancelRequested };
  }

  async intervene(
    workspaceId: string,
    runId: string,
    from: readonly RunStatus[],
    content: EntryContent,
    change: RunChange,
    alongside?: Alongside,
  ): Promise<Run> {
    const nowMs = this.#clock.now();
    const row = await this.#db.transaction(workspaceId, async (unit) => {
      const tx = unit.query<RunTables>();
      const before = await tx.selectFrom('agent_runs').selectAll().where('id', '=', runId).executeTakeFirst();
      if (before === undefined || !from.some((status) => status === before.status)) {
        throw notExecutable(runId, before?.status);
      }
      const hash = entryHash(before.last_hash, content);
      const changed = await tx
        .updateTable('agent_runs')
        .set((run) => ({
          ...toChangedColumns(run, change, nowMs),
          entries: before.entries + 1,
          last_hash: hash,
        }))
        .where('id', '=', runId)
        .where('status', '=', before.status)
        .where('entries', '=', before.entries)
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) throw notExecutable(runId, before.status);
      await tx
        .insertInto('run_journal')
        .values(toEntryRow({ workspaceId, runId, seq: before.entries }, hash, content, nowMs))
        .execute();
      await alongside?.(unit);
      return tx.selectFrom('agent_runs').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
    });
    return toRun(row);
  }

  async requestCancel(workspaceId: string, runId: string, reason: string): Promise<void> {
    await this.#db
      .forWorkspace<RunTables>(workspaceId)
      .updateTable('agent_runs')
      .set({ cancel_reason: reason })
      .where('id', '=', runId)
      .where('status', '=', 'running')
      .execute();
  }

  async stats(workspaceId: string, span: Span): Promise<readonly RunStatsRow[]> {
    const rows = await this.#runs(workspaceId)
      .where('created_at_ms', '>=', span.fromMs)
      .where('created_at_ms', '<', span.toMs)
      .select((run) => {
        const duration = run('completed_at_ms', '-', run.ref('started_at_ms'));
        return [
          'run_type',
          'status',
          run.fn.countAll().as('runs'),
          run.fn.sum('cost_micro_usd').as('cost'),
          run.fn.sum('input_tokens').as('input_tokens'),
          run.fn.sum('output_tokens').as('output_tokens'),
          run.fn.count(duration).as('finished'),
          run.fn.avg(duration).as('duration_mean'),
          run.fn.max(duration).as('duration_max'),
        ];
      })
      .groupBy(['run_type', 'status'])
      .orderBy('run_type')
      .orderBy('status')
      .execute();
    return rows.map((row) => ({
      runType: row.run_type,
      status: runStatuses.find((status) => status === row.status) ?? 'failed',
      runs: Number(row.runs),
      costMicroUsd: Number(row.cost),
      inputTokens: Number(row.input_tokens),
      outputTokens: Number(row.output_tokens),
      finished: Number(row.finished),
      durationMsMean: row.duration_mean === null ? null : Math.round(Number(row.duration_mean)),
      durationMsMax: row.duration_max,
    }));
  }

  async statsByAgent(
    workspaceId: string,
    { agentId, sinceMs = 0 }: AgentStatsFilter = {},
  ): Promise<readonly AgentRunStats[]> {
    const all = this.#runs(workspaceId)
      .where('agent_id', 'is not', null)
      .where('created_at_ms', '>=', sinceMs);
    const rows = await (agentId === undefined ? all : all.where('agent_id', '=', agentId))
      .select((run) => {
        const counted = (status: RunStatus) =>
          run.fn.sum(run.case().when('status', '=', status).then(1).else(0).end());
        return [
          'agent_id',
          run.fn.countAll().as('runs'),
          counted('running').as('running'),
          counted('completed').as('completed'),
          counted('failed').as('failed'),
          run.fn.sum('cost_micro_usd').as('cost'),
          run.fn.sum('input_tokens').as('input_tokens'),
          run.fn.sum('output_tokens').as('output_tokens'),
          run.fn.avg(run('completed_at_ms', '-', run.ref('started_at_ms'))).as('duration_mean'),
          run.fn.max('created_at_ms').as('last_created'),
        ];
      })
      .groupBy('agent_id')
      .execute();
    return rows.map((row) => ({
      agentId: row.agent_id ?? '',
      runs: Number(row.runs),
      running: Number(row.running),
      completed: Number(row.completed),
      failed: Number(row.failed),
      costMicroUsd: Number(row.cost),
      inputTokens: Number(row.input_tokens),
      outputTokens: Number(row.output_tokens),
      durationMsMean: row.duration_mean === null ? null : Math.round(Number(row.duration_mean)),
      lastRunAt: new Date(row.last_created).toISOString(),
    }));
  }

  #runs(workspaceId: string) {
    return this.#db.forWorkspace<RunTables>(workspaceId).selectFrom('agent_runs');
  }
}

function notExecutable(runId: string, status: string | undefined): RaptorFlowError {
  const why = status === undefined ? 'another executor has it, or it is gone' : `it is ${status}`;
  return new RaptorFlowError('run_not_executable', `The run ${runId} cannot be changed here: ${why}.`, {
    details: { run_id: runId, status: status ?? null },
  });
}
