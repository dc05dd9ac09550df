import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  createQuotas,
  createResources,
  makeTemporaryDirectory,
  spawnTracked,
  trackedTimers,
  trackFileHandle,
  type QuotaDraft,
  type Quotas,
  type Resources,
} from 'raptorflow/resources';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import type { RunBody } from '../execution.ts';
import type { RunRef, Runs } from '../runs.ts';
import { runMigrations, runTables } from '../tables.ts';
import { echoDispatcher, runsOver } from './fixture.ts';

const ws = 'ws_a';

/** What executions hold: a lease on what their tools open, and a place among the runs that a quota counts. */
export function leasedRunsSuite(open: OpenDatabase): void {
  let db: Database;
  let resources: Resources;
  let quotas: Quotas;
  let runs: Runs;

  beforeEach(async () => {
    db = await open({ tables: [runTables], migrations: [runMigrations] });
    resources = createResources({ leaks: { growth: false } });
    quotas = createQuotas();
    await resources.start();
    await quotas.start();
    runs = runsOver(db, echoDispatcher(), { stopGraceMs: 2_000 }, { resources, quotas });
  });

  afterEach(async () => {
    await runs.stop();
    await quotas.stop();
    await resources.stop();
  });

  const begin = async (
    more: { readonly agentId?: string; readonly parentRunId?: string } = {},
  ): Promise<RunRef> => {
    const run = await runs.start({ workspaceId: ws, runType: 'task', input: null, ...more });
    return { workspaceId: ws, runId: run.id };
  };
  const limitRuns = (draft: Partial<QuotaDraft> = {}): Promise<unknown> =>
    quotas.create({
      id: 'runs',
      name: 'Runs at once',
      scope: 'workspace',
      resource: 'concurrent_runs',
      kind: 'hard',
      period: 'held',
      limit: 2,
      action: 'block',
      ...draft,
    });

  test('what a tool has opened and forgotten is closed when its run ends: a file, a timer, a process with its children', async () => {
    const ref = await begin({ agentId: 'agt_1' });
    let ticks = 0;
    let held: string[] = [];
    const opened = { pid: 0, fd: -1 };
    await runs.execute(ref, (run) =>
      run.tool('forgetful', null, async ({ resources: room }) => {
        const { path } = await makeTemporaryDirectory(room);
        const file = await openFile(join(path, 'notes'), 'w');
        trackFileHandle(room, file);
        opened.fd = file.fd;
        trackedTimers(room).setInterval(() => (ticks += 1), 5);
        const { child } = spawnTracked(room, 'bash', ['-c', 'sleep 600 & wait'], { stdio: 'ignore' });
        opened.pid = child.pid ?? 0;
        held = resources
          .list({ runId: ref.runId })
          .map(({ type, workspaceId, agentId }) => `${type} ${workspaceId} ${agentId}`);
        return null;
      }),
    );
    expect(held.toSorted()).toEqual([
      'async_task ws_a agt_1',
      'file_handle ws_a agt_1',
      'process ws_a agt_1',
      'temporary_file ws_a agt_1',
      'timer ws_a agt_1',
    ]);
    expect(resources.list()).toEqual([]);
    expect(
      resources
        .list({ status: 'cleaned_up' })
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['file_handle', 'process', 'temporary_file', 'timer']);
    expect(isAlive(opened.pid)).toBe(false);
    const seen = ticks;
    await wait(30);
    expect(ticks).toBe(seen);
  });

  test.each(['cancelled', 'interrupted', 'waiting', 'failed'] as const)(
    'what is open is closed too when the execution leaves as %s',
    async (status) => {
      const ref = await begin();
      const opened = Promise.withResolvers<void>();
      const body: RunBody = async (run) => {
        await run.tool('open', null, async ({ resources: room }) => {
          room.register({ type: 'lock', dispose: () => undefined });
          return null;
        });
        opened.resolve();
        if (status === 'waiting') await run.ask('why', 'Why?');
        if (status === 'failed') throw new TypeError('It broke.');
        return run.tool('long', null, ({ signal }) => aborted(signal));
      };
      const done = runs.execute(ref, body);
      await opened.promise;
      if (status === 'cancelled') await runs.cancel(ref, 'enough');
      if (status === 'interrupted') await runs.stop();
      expect((await done).state.status).toBe(status);
      expect(resources.list()).toEqual([]);
    },
  );

  test('a running tool is a task of its run that a forced cleanup aborts, and the run goes on with that failure', async () => {
    const ref = await begin();
    const started = Promise.withResolvers<void>();
    const done = runs.execute(ref, (run) =>
      run
        .tool('long', null, ({ signal }) => {
          started.resolve();
          return aborted(signal);
        })
        .catch((error: unknown) => (error as Error).message),
    );
    await started.promise;
    expect(resources.list({ type: 'async_task' })).toMatchObject([
      { runId: ref.runId, workspaceId: ws, metadata: { step: 'long' }, callSite: 'run_tool' },
    ]);
    await resources.cleanup({ runId: ref.runId, force: true });
    expect((await done).state).toMatchObject({
      status: 'completed',
      output: 'The tool call "long" was closed.',
    });
  });

  test('what belongs to a run and is open outside of its lease counts as forgotten once the run has ended', async () => {
    const ref = await begin();
    await runs.execute(ref, async (run) => {
      resources.register({ type: 'lock', runId: run.run.id });
      return null;
    });
    await wait(1_100);
    expect(resources.leaks.scan().found).toMatchObject([{ reason: 'ownership' }]);
  });

  test('tools have a place for what they open where no registry was given, and it is closed all the same', async () => {
    const alone = runsOver(db);
    const ref = await begin();
    let closed = false;
    await alone.execute(ref, (run) =>
      run.tool('open', null, async ({ resources: room }) => {
        room.register({ type: 'lock', dispose: () => (closed = true) });
        return null;
      }),
    );
    expect(closed).toBe(true);
    await alone.stop();
  });

  test('no more runs than a hard quota allows execute at once, however many begin; the rest is refused and stays queued', async () => {
    await limitRuns();
    let [running, most] = [0, 0];
    const gate = Promise.withResolvers<void>();
    const body: RunBody = async () => {
      running += 1;
      most = Math.max(most, running);
      await gate.promise;
      running -= 1;
      return null;
    };
    const refs = await Promise.all(Array.from({ length: 8 }, () => begin()));
    const ends = refs.map((ref) => runs.execute(ref, body));
    const refused = await Promise.all(
      ends.map((end) => Promise.race([end.then(() => null, asError), wait(300, null)])),
    );
    expect(refused.filter((error) => error !== null)).toHaveLength(6);
    expect(refused.find((error) => error !== null)).toMatchObject({
      code: 'exhausted',
      details: { quota_id: 'runs', limit: 2 },
    });
    gate.resolve();
    await Promise.allSettled(ends);
    expect(most).toBe(2);
    const states = await runs.list(ws);
    expect(states.filter(({ state }) => state.status === 'queued')).toHaveLength(6);
    expect(await quotas.usage({ workspaceId: ws })).toMatchObject([{ quotaId: 'runs', used: 0 }]);
  });

  test('runs wait in line for a quota that says so, whoever waits is let go by a stop, and children need no place of their own', async () => {
    await limitRuns({ limit: 1, action: 'queue' });
    const order: string[] = [];
    const first = await begin();
    const second = await begin();
    const child = await begin({ parentRunId: first.runId });
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const running = runs.execute(first, async () => {
      begun.resolve();
      await runs.execute(child, async () => {
        order.push('child');
        return null;
      });
      await gate.promise;
      order.push('first');
      return null;
    });
    await begun.promise;
    const waiting = runs.execute(second, async () => {
      order.push('second');
      return null;
    });
    await vi.waitFor(() => expect(quotas.report().waiting).toBe(1));
    gate.resolve();
    await Promise.all([running, waiting]);
    expect(order).toEqual(['child', 'first', 'second']);

    const third = await begin();
    const fourth = await begin();
    const held = Promise.withResolvers<void>();
    const holding = runs.execute(third, (run) =>
      run.tool('long', null, ({ signal }) => {
        held.resolve();
        return aborted(signal);
      }),
    );
    await held.promise;
    const refused = runs.execute(fourth, async () => null).catch(asError);
    await vi.waitFor(() => expect(quotas.report().waiting).toBe(1));
    await runs.stop();
    expect((await holding).state.status).toBe('interrupted');
    expect(await refused).toMatchObject({ code: 'unavailable' });
    expect((await runs.get(fourth)).state.status).toBe('queued');
  });
}

const asError = (error: unknown): Error => error as Error;

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
