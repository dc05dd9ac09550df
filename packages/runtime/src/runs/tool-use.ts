import type { Database } from '../db/index.ts';
import type { Span } from './run-store.ts';
import type { RunTables } from './tables.ts';

/** What tools did within a span. */
export interface ToolUseStats {
  /** Calls that ended, well or not. */
  readonly calls: number;
  readonly failed: number;
  /** From the call to its end; null when there was none. */
  readonly durationMsMean: number | null;
}

/** Reads from the journals of runs what tools were used for. */
export interface ToolUse {
  /** Calls of one workspace that ended within the span. */
  stats(workspaceId: string, span: Span): Promise<ToolUseStats>;
}

/** Builds the reader over the relational core. */
export function createToolUse(db: Database): ToolUse {
  return {
    async stats(workspaceId, { fromMs, toMs }) {
      const row = await db
        .forWorkspace<RunTables>(workspaceId)
        .selectFrom('run_journal as ended')
        .innerJoin('run_journal as begun', (join) =>
          join
            .onRef('begun.workspace_id', '=', 'ended.workspace_id')
            .onRef('begun.run_id', '=', 'ended.run_id')
            .onRef('begun.step', '=', 'ended.step')
            .on('begun.kind', '=', 'tool_started'),
        )
        .where('ended.kind', 'in', ['tool_completed', 'tool_failed'])
        .where('ended.recorded_at_ms', '>=', fromMs)
        .where('ended.recorded_at_ms', '<', toMs)
        .select((entry) => [
          entry.fn.countAll().as('calls'),
          entry.fn
            .sum(entry.case().when('ended.kind', '=', 'tool_failed').then(1).else(0).end())
            .as('failed'),
          entry.fn.avg(entry('ended.recorded_at_ms', '-', entry.ref('begun.recorded_at_ms'))).as('mean'),
        ])
        .executeTakeFirst();
      const mean = row?.mean ?? null;
      return {
        calls: Number(row?.calls ?? 0),
        failed: Number(row?.failed ?? 0),
        durationMsMean: mean === null ? null : Math.round(Number(mean)),
      };
    },
  };
}
