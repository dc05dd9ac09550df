import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase, type Database, type RoomMigrations } from '../db/index.ts';
import { createRequestRuns } from './request-runs.ts';
import { newRow } from './run-rows.ts';
import { runMigrations, runTables, type AgentRunRow } from './tables.ts';

test('runs that are older than the memory of their events are told without one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-runs-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const open = async (migrations: RoomMigrations): Promise<Database> => {
    const db = openDatabase({
      path: join(directory, 'runs.db'),
      tables: [runTables],
      migrations: [migrations],
    });
    await db.start();
    return db;
  };
  const before = await open({ ...runMigrations, steps: runMigrations.steps.slice(0, 1) });
  const start = { workspaceId: 'ws_a', runType: 'task', correlationId: 'req_1', input: null };
  const {
    causation_id: _cause,
    guild: _guild,
    budget_id: _budget,
    ...row
  } = newRow(start, 'run_1', 'hash', 0);
  await before
    .forWorkspace<{ agent_runs: Omit<AgentRunRow, 'causation_id' | 'guild' | 'budget_id'> }>('ws_a')
    .insertInto('agent_runs')
    .values(row)
    .execute();
  await before.stop();
  const after = await open(runMigrations);
  expect(await createRequestRuns(after).list('ws_a', 'req_1', 10)).toMatchObject({
    total: 1,
    runs: [{ id: 'run_1', causationId: null }],
  });
  await after.stop();
});
