import { createFakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, expect, test } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createRequestRuns, type RequestRuns } from '../request-runs.ts';
import type { StartRun } from '../run.ts';
import type { Runs } from '../runs.ts';
import { runMigrations, runTables } from '../tables.ts';
import { runsOver } from './fixture.ts';

const ws = 'ws_a';

/** What is told of a request's runs, on both engines. */
export function requestRunsSuite(open: OpenDatabase): void {
  const clock = createFakeClock(Date.UTC(2026, 10, 20));
  let db: Database;
  let runs: Runs;
  let requestRuns: RequestRuns;

  beforeEach(async () => {
    db = await open({ tables: [runTables], migrations: [runMigrations] });
    runs = runsOver(db, undefined, {}, { clock });
    requestRuns = createRequestRuns(db);
  });

  const start = async (more: Partial<StartRun> = {}): Promise<string> => {
    const ofRequest = { workspaceId: ws, runType: 'task', correlationId: 'req_1', input: 'in' };
    return (await runs.start({ ...ofRequest, ...more })).id;
  };

  test('carry the event that each was started for, how it stands, and neither what went in nor what came out', async () => {
    const first = await start({ causationId: 'evt_1', agentId: 'agent_1', key: 'plan:task:a' });
    await runs.execute({ workspaceId: ws, runId: first }, async (run) => {
      await run.model('say', { model: 'fast', messages: [{ role: 'user', content: 'hello' }] });
      await clock.advance(400);
      throw new TypeError('broken');
    });
    const second = await start({ parentRunId: first });
    expect(await requestRuns.list(ws, 'req_1', 10)).toMatchObject({
      total: 2,
      runs: [
        {
          id: first,
          workspaceId: ws,
          causationId: 'evt_1',
          agentId: 'agent_1',
          key: 'plan:task:a',
          status: 'failed',
          error: { message: 'broken' },
          executions: 1,
          costMicroUsd: 11,
          parentRunId: null,
        },
        { id: second, causationId: null, parentRunId: first, status: 'queued', startedAt: null, error: null },
      ],
    });
    const [told] = (await requestRuns.list(ws, 'req_1', 1)).runs;
    expect(Date.parse(told?.completedAt ?? '') - Date.parse(told?.startedAt ?? '')).toBe(400);
    expect(told).not.toHaveProperty('input');
    expect((await runs.get({ workspaceId: ws, runId: first })).causationId).toBe('evt_1');
  });

  test('a second start with the same key stays with the event of the first', async () => {
    const first = await start({ key: 'only', causationId: 'evt_1' });
    expect(await start({ key: 'only', causationId: 'evt_2' })).toBe(first);
    expect((await requestRuns.list(ws, 'req_1', 10)).runs.map((run) => run.causationId)).toEqual(['evt_1']);
  });

  test('are those of one request in one workspace', async () => {
    const own = await start();
    await start({ correlationId: 'req_2' });
    await start({ workspaceId: 'ws_b' });
    expect((await requestRuns.list(ws, 'req_1', 10)).runs.map((run) => run.id)).toEqual([own]);
    expect(await requestRuns.list('ws_c', 'req_1', 10)).toEqual({ runs: [], total: 0 });
  });

  test('are as many as asked for, the oldest first, and counted all the same', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push(await start());
    const found = await requestRuns.list(ws, 'req_1', 3);
    expect(found.runs.map((run) => run.id)).toEqual(ids.slice(0, 3));
    expect(found.total).toBe(5);
    for (const limit of [0, 1.5, 5_001]) {
      await expect(requestRuns.list(ws, 'req_1', limit)).rejects.toMatchObject({ code: 'invalid_input' });
    }
  });
}
