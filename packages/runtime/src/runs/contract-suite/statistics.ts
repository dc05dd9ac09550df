import { createFakeClock } from 'raptorflow/kernel/testing';
import { createMetrics } from 'raptorflow/metrics';
import { beforeEach, expect, test } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import type { RunBody } from '../execution.ts';
import type { Runs } from '../runs.ts';
import { runMigrations, runTables } from '../tables.ts';
import { createToolUse } from '../tool-use.ts';
import { echoDispatcher, runsOver } from './fixture.ts';

const ws = 'ws_a';

/** What the figures over runs promise on both engines. */
export function runStatisticsSuite(open: OpenDatabase): void {
  const startedAt = Date.UTC(2026, 10, 20);
  let clock: ReturnType<typeof createFakeClock>;
  let db: Database;
  let runs: Runs;

  beforeEach(async () => {
    clock = createFakeClock(startedAt);
    db = await open({ tables: [runTables], migrations: [runMigrations] });
    runs = runsOver(db, echoDispatcher(), {}, { clock });
  });

  const asking: RunBody = async (run) => {
    await run.model('say', { model: 'fast', messages: [{ role: 'user', content: 'hello' }] });
    await clock.advance(400);
    return 'done';
  };
  const failing: RunBody = async () => {
    await clock.advance(200);
    throw new TypeError('broken');
  };

  const begin = async (agentId: string | null, body?: RunBody, workspaceId = ws): Promise<string> => {
    const run = await runs.start({
      workspaceId,
      runType: 'task',
      input: null,
      ...(agentId !== null && { agentId }),
    });
    if (body) await runs.execute({ workspaceId, runId: run.id }, body);
    return run.id;
  };

  test('are counted and timed on the meter, by agent and how they ended', async () => {
    const metrics = createMetrics();
    runs = runsOver(db, echoDispatcher(), {}, { clock, meter: metrics });
    await begin('agent_1', asking);
    await begin('agent_1', asking);
    await begin('agent_1', failing);
    const found = new Map(metrics.snapshot().metrics.map((metric) => [metric.definition.name, metric]));
    expect(found.get('agent_executions')?.series).toEqual([
      { tags: { agent_id: 'agent_1', outcome: 'completed', run_type: 'task', workspace_id: ws }, value: 2 },
      { tags: { agent_id: 'agent_1', outcome: 'failed', run_type: 'task', workspace_id: ws }, value: 1 },
    ]);
    expect(found.get('agent_execution_ms')?.series[0]?.value).toMatchObject({
      count: 3,
      sum: 1_000,
      max: 400,
    });
    expect(found.get('agent_executions_running')?.series[0]?.value).toBe(0);
  });

  test('are told for each agent that has runs, and for one agent alone', async () => {
    await begin('agent_1', asking);
    await begin('agent_1', failing);
    await begin('agent_2', asking);
    await clock.advance(1_000);
    await begin('agent_1');
    await begin(null, asking);
    await begin('agent_1', asking, 'ws_b');
    const all = await runs.statsByAgent(ws);
    expect(new Map(all.map((row) => [row.agentId, row]))).toEqual(
      new Map([
        [
          'agent_1',
          {
            agentId: 'agent_1',
            runs: 3,
            running: 0,
            completed: 1,
            failed: 1,
            costMicroUsd: 11,
            inputTokens: 7,
            outputTokens: 3,
            durationMsMean: 300,
            lastRunAt: new Date(startedAt + 2_000).toISOString(),
          },
        ],
        [
          'agent_2',
          {
            agentId: 'agent_2',
            runs: 1,
            running: 0,
            completed: 1,
            failed: 0,
            costMicroUsd: 11,
            inputTokens: 7,
            outputTokens: 3,
            durationMsMean: 400,
            lastRunAt: new Date(startedAt + 600).toISOString(),
          },
        ],
      ]),
    );
    expect((await runs.statsByAgent(ws, { agentId: 'agent_2' })).map((row) => row.agentId)).toEqual([
      'agent_2',
    ]);
    expect(await runs.statsByAgent(ws, { agentId: 'agent_9' })).toEqual([]);
    expect(await runs.statsByAgent('ws_c')).toEqual([]);
    const lately = { agentId: 'agent_1', sinceMs: startedAt + 601 };
    expect(await runs.statsByAgent(ws, lately)).toMatchObject([{ runs: 1, completed: 0 }]);
  });

  test('tell how often tools were called, how long they took, and how often they failed', async () => {
    const tools = createToolUse(db);
    const span = { fromMs: startedAt, toMs: startedAt + 10_000 };
    expect(await tools.stats(ws, span)).toEqual({ calls: 0, failed: 0, durationMsMean: null });
    await begin('agent_1', async (run) => {
      await run.tool('look', null, async () => {
        await clock.advance(100);
        return 'seen';
      });
      await run
        .tool('break', null, async () => {
          await clock.advance(300);
          throw new TypeError('broken');
        })
        .catch(() => null);
      return null;
    });
    expect(await tools.stats(ws, span)).toEqual({ calls: 2, failed: 1, durationMsMean: 200 });
    expect(await tools.stats('ws_b', span)).toMatchObject({ calls: 0 });
    expect(await tools.stats(ws, { fromMs: startedAt, toMs: startedAt + 200 })).toMatchObject({ calls: 1 });
  });

  test('of an agent whose runs never finished have no duration', async () => {
    await begin('agent_1');
    expect(await runs.statsByAgent(ws)).toMatchObject([{ runs: 1, durationMsMean: null, costMicroUsd: 0 }]);
  });

  test('by type and status carry tokens, and how many finished', async () => {
    await begin('agent_1', asking);
    await begin('agent_2', asking);
    await begin('agent_2');
    expect(await runs.stats(ws, { fromMs: startedAt, toMs: clock.now() + 1 })).toEqual([
      {
        runType: 'task',
        status: 'completed',
        runs: 2,
        costMicroUsd: 22,
        inputTokens: 14,
        outputTokens: 6,
        finished: 2,
        durationMsMean: 400,
        durationMsMax: 400,
      },
      {
        runType: 'task',
        status: 'queued',
        runs: 1,
        costMicroUsd: 0,
        inputTokens: 0,
        outputTokens: 0,
        finished: 0,
        durationMsMean: null,
        durationMsMax: null,
      },
    ]);
  });

  test('name the model that answered last, once one has', async () => {
    const quiet = await begin('agent_1');
    const asked = await begin('agent_1', asking);
    expect((await runs.get({ workspaceId: ws, runId: quiet })).model).toBeNull();
    expect((await runs.get({ workspaceId: ws, runId: asked })).model).toBe('echo');
  });
}
