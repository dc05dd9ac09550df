import { createRequestRuns } from '@raptorflow/runtime';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../http/testing/route-world.ts';
import { traceWork, type TraceWorkOptions } from './trace-work.ts';

const story = { requestId: 'ask-1', workspaceIds: [home, 'wsp_elsewhere'] };
let world: RouteWorld;
const runIds: string[] = [];

beforeAll(async () => {
  world = await openRouteWorld({ clock: createFakeClock(Date.UTC(2026, 10, 20, 12)) });
  for (const workspaceId of [home, 'wsp_elsewhere', home]) {
    const of = { workspaceId, correlationId: 'ask-1' };
    const run = await world.runs.start({ ...of, runType: 'probe', input: null });
    runIds.push(run.id);
    await world.dispatcher.dispatch({
      ...of,
      model: 'offline',
      agentRunId: run.id,
      messages: [{ role: 'user', content: 'Hello' }],
    });
  }
});

afterAll(() => world.stop());

async function read(options: TraceWorkOptions): Promise<object> {
  const { costs, agents, db } = world;
  const workOf = traceWork(options, { requestRuns: createRequestRuns(db), costs, agents });
  const { runs, calls, runsLeftOut, callsLeftOut } = await workOf(story);
  return {
    runs: runs.map((run) => run.id),
    callsOf: calls.map((call) => call.agentRunId),
    left: [runsLeftOut, callsLeftOut],
  };
}

it('tells the work of all workspaces of a story, oldest first', async () => {
  expect(await read({})).toEqual({ runs: runIds, callsOf: runIds, left: [0, 0] });
});

it('says how many runs and calls it left out, and shows no call of a run that it does not show', async () => {
  expect(await read({ runsMax: 2 })).toEqual({
    runs: runIds.slice(0, 2),
    callsOf: runIds.slice(0, 2),
    left: [1, 1],
  });
  expect(await read({ attemptsMax: 1 })).toEqual({ runs: runIds, callsOf: runIds.slice(0, 1), left: [0, 2] });
});
