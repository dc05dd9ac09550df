import { isRaptorFlowError, RaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import type { RunBody } from '../execution.ts';
import type { RunRef, Runs } from '../runs.ts';
import { runMigrations, runTables } from '../tables.ts';
import { echoDispatcher, runsOver } from './fixture.ts';

const ws = 'ws_a';

/** What runs promise about their life on both engines. */
export function runsSuite(open: OpenDatabase): void {
  let db: Database;

  beforeEach(async () => {
    db = await open({ tables: [runTables], migrations: [runMigrations] });
  });

  const begin = async (runs: Runs, more: Partial<Parameters<Runs['start']>[0]> = {}): Promise<RunRef> => {
    const run = await runs.start({ workspaceId: ws, runType: 'task', input: { topic: 'rain' }, ...more });
    return { workspaceId: ws, runId: run.id };
  };

  const report: RunBody = async (run) => {
    const facts = await run.model('facts', { model: 'fast', messages: [{ role: 'user', content: 'facts' }] });
    const saved = await run.tool('save', { text: facts.text }, async () => ({ id: 'doc_1' }), {
      effect: 'once',
    });
    await run.note('saved', { document_id: saved.id });
    return { text: facts.text, ...saved };
  };

  describe('a run', () => {
    test('writes every step to its journal, and its row is what the journal says', async () => {
      const runs = runsOver(db);
      const ref = await begin(runs, { agentId: 'agent_1', campaignId: 'cmp_1' });
      const run = await runs.execute(ref, report);
      expect(run.state).toMatchObject({ status: 'completed', output: { text: 'echo facts', id: 'doc_1' } });
      expect(run).toMatchObject({
        executions: 1,
        entries: 7,
        costMicroUsd: 11,
        inputTokens: 7,
        outputTokens: 3,
      });
      expect((await runs.journal(ref)).map((entry) => [entry.seq, entry.kind, entry.step])).toEqual([
        [0, 'run_started', null],
        [1, 'model_started', 'facts'],
        [2, 'model_answered', 'facts'],
        [3, 'tool_started', 'save'],
        [4, 'tool_completed', 'save'],
        [5, 'noted', null],
        [6, 'run_completed', null],
      ]);
      expect(await runs.steps(ref)).toMatchObject([
        { name: 'facts', kind: 'model', status: 'completed', costMicroUsd: 11 },
        {
          name: 'save',
          kind: 'tool',
          status: 'completed',
          input: { text: 'echo facts' },
          output: { id: 'doc_1' },
        },
        { name: 'saved', kind: 'event', status: 'completed' },
      ]);
      expect(await runs.list(ws, { agentId: 'agent_1', status: 'completed' })).toHaveLength(1);
      expect(await runs.list('ws_b')).toEqual([]);
      const span = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
      expect(await runs.stats(ws, span)).toMatchObject([
        { runType: 'task', status: 'completed', runs: 1, costMicroUsd: 11 },
      ]);
    });

    test('has its calls charged to its agent, guild, campaign and the budget of its events, after a restart too', async () => {
      const dispatcher = echoDispatcher();
      const charged = { agentId: 'agent_1', guild: 'research', campaignId: 'cmp_1', budgetId: 'bud_1' };
      const ref = await begin(runsOver(db, dispatcher), charged);
      await runsOver(db, dispatcher).execute(ref, report);
      expect(dispatcher.requests).toMatchObject([{ ...charged, agentRunId: ref.runId, workspaceId: ws }]);
    });

    test('is started once for a key, and a finished one is answered as it stands', async () => {
      const runs = runsOver(db);
      const first = await begin(runs, { key: 'cmp_1:research' });
      const second = await begin(runs, { key: 'cmp_1:research', input: 'other' });
      expect(second).toEqual(first);
      let executed = 0;
      const body: RunBody = async () => {
        executed += 1;
        return executed;
      };
      await runs.execute(first, body);
      expect((await runs.execute(first, body)).state).toMatchObject({ status: 'completed', output: 1 });
      expect(await runs.journal(first)).toHaveLength(2);
      await expect(runs.get({ workspaceId: 'ws_b', runId: first.runId })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    test('that throws is failed with the reason; a failure that its code catches is not', async () => {
      const runs = runsOver(db);
      const asking: RunBody = async (run) => {
        const answer = await run.model('try', {
          model: 'fast',
          messages: [{ role: 'user', content: 'fail' }],
        });
        return answer.text;
      };
      const failed = await runs.execute(await begin(runs), asking);
      expect(failed.state).toMatchObject({
        status: 'failed',
        error: { code: 'model_refused', message: 'No.' },
      });
      const ref = await begin(runs);
      const caught = await runs.execute(ref, async (run) => {
        try {
          return await asking(run);
        } catch (error) {
          return isRaptorFlowError(error) ? { caught: error.code } : null;
        }
      });
      expect(caught.state).toMatchObject({ status: 'completed', output: { caught: 'model_refused' } });
      expect(await runs.steps(ref)).toMatchObject([{ name: 'try', status: 'failed' }]);
    });

    test('refuses a step name that is used twice', async () => {
      const runs = runsOver(db);
      const run = await runs.execute(await begin(runs), async (context) => {
        await context.decide('a', () => 1);
        return context.decide('a', () => 2);
      });
      expect(run.state).toMatchObject({ status: 'failed', error: { code: 'invalid_input' } });
    });

    test('reads JSON of a form from a model', async () => {
      const runs = runsOver(db);
      const run = await runs.execute(await begin(runs), (context) =>
        context.json(
          'form',
          { model: 'fast', messages: [{ role: 'user', content: 'x' }] },
          z.object({ echo: z.string() }),
        ),
      );
      expect(run.state).toMatchObject({ status: 'completed', output: { echo: 'x' } });
    });
  });

  describe('a question', () => {
    test('makes the run wait, over restarts, until somebody answers', async () => {
      const body: RunBody = async (run) => {
        const answer = await run.ask('approve', { text: 'Send it?' });
        return { answer };
      };
      const ref = await begin(runsOver(db));
      const waiting = await runsOver(db).execute(ref, body);
      expect(waiting.state).toMatchObject({
        status: 'waiting',
        reason: { kind: 'question', step: 'approve' },
      });
      const runs = runsOver(db);
      await expect(runs.waiting.answer(ref, 'other', true, 'user_1')).rejects.toMatchObject({
        code: 'run_not_executable',
      });
      await runs.waiting.answer(ref, 'approve', { yes: true }, 'user_1');
      const done = await runs.execute(ref, body);
      expect(done.state).toMatchObject({ status: 'completed', output: { answer: { yes: true } } });
      expect(await runs.replay(ref, body)).toMatchObject({ identical: true, entries: 4 });
    });

    test('lets what is under way finish and be recorded first', async () => {
      const gate = Promise.withResolvers<number>();
      const body: RunBody = async (run) => {
        const [work] = await Promise.all([run.tool('work', null, () => gate.promise), run.ask('ok', null)]);
        return work;
      };
      const runs = runsOver(db);
      const ref = await begin(runs);
      const waiting = runs.execute(ref, body);
      await expect.poll(async () => (await runs.journal(ref)).length).toBe(3);
      gate.resolve(5);
      expect((await waiting).state.status).toBe('waiting');
      await runs.waiting.answer(ref, 'ok', null, 'user_1');
      expect((await runs.execute(ref, body)).state).toMatchObject({ status: 'completed', output: 5 });
    });
  });

  describe('an end from outside', () => {
    const hanging: RunBody = (run) =>
      run.tool('hang', null, async ({ signal }) => {
        const aborted = Promise.withResolvers<never>();
        signal.addEventListener('abort', () => aborted.reject(signal.reason));
        return aborted.promise;
      });

    test('by cancelling fires the signal of whatever runs, children too', async () => {
      const runs = runsOver(db);
      const parent = await begin(runs);
      const child = await begin(runs, { parentRunId: parent.runId });
      const queued = await begin(runs, { parentRunId: parent.runId });
      const done = Promise.all([runs.execute(parent, hanging), runs.execute(child, hanging)]);
      await expect.poll(async () => (await runs.journal(child)).length).toBe(2);
      await expect.poll(async () => (await runs.journal(parent)).length).toBe(2);
      const cancelled = await runs.cancel(parent, 'no longer wanted');
      expect(cancelled.state).toMatchObject({
        status: 'cancelled',
        error: { code: 'cancelled', message: 'The run was cancelled: no longer wanted' },
      });
      expect((await done).map((run) => run.state.status)).toEqual(['cancelled', 'cancelled']);
      expect((await runs.get(queued)).state.status).toBe('cancelled');
      expect((await runs.cancel(queued, 'again')).state.status).toBe('cancelled');
    });

    test('by cancelling from another process takes effect with the next entry', async () => {
      const here = runsOver(db);
      const ref = await begin(here);
      const gate = Promise.withResolvers<void>();
      const done = here.execute(ref, async (run) => {
        await run.note('one');
        await gate.promise;
        await run.note('two');
        return run.tool('never', null, async () => 'reached');
      });
      await expect.poll(async () => (await here.journal(ref)).length).toBe(2);
      await runsOver(db).cancel(ref, 'from afar');
      gate.resolve();
      expect((await done).state).toMatchObject({ status: 'cancelled' });
      expect((await here.steps(ref)).map((step) => step.name)).toEqual(['one', 'two']);
    });

    test('by its deadline fails it', async () => {
      const clock = createFakeClock();
      const runs = runsOver(db, echoDispatcher(), { deadlineMs: 1_000 }, { clock });
      const ref = await begin(runs);
      const done = runs.execute(ref, hanging);
      await expect.poll(async () => (await runs.journal(ref)).length).toBe(2);
      await clock.advance(1_000);
      expect((await done).state).toMatchObject({ status: 'failed', error: { code: 'timeout' } });
    });

    test('by stopping the process interrupts it; it is finished elsewhere', async () => {
      const here = runsOver(db);
      const ref = await begin(here);
      let tries = 0;
      const body: RunBody = (run) => {
        tries += 1;
        return tries === 1 ? hanging(run) : run.tool('hang', null, async () => 'finished');
      };
      const done = here.execute(ref, body);
      await expect.poll(async () => (await here.journal(ref)).length).toBe(2);
      await here.stop();
      expect((await done).state.status).toBe('interrupted');
      await expect(here.execute(ref, body)).rejects.toMatchObject({ code: 'unavailable' });
      expect((await runsOver(db).execute(ref, body)).state).toMatchObject({
        status: 'completed',
        output: 'finished',
      });
    });
  });

  test('at most the given number of runs of a workspace run at once, and not too many wait', async () => {
    const runs = runsOver(db, echoDispatcher(), { runningMax: 2, waitingRunsMax: 2 });
    const gate = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const body: RunBody = async () => {
      running += 1;
      most = Math.max(most, running);
      await gate.promise;
      running -= 1;
      return null;
    };
    const refs = [
      await begin(runs),
      await begin(runs),
      await begin(runs),
      await begin(runs),
      await begin(runs),
    ];
    const results = refs.map((ref) => runs.execute(ref, body));
    await expect(Promise.any(results.map((result) => refusalOf(result)))).resolves.toBe('exhausted');
    await expect.poll(() => running).toBe(2);
    gate.resolve();
    const settled = await Promise.allSettled(results);
    expect(settled.filter((result) => result.status === 'fulfilled')).toHaveLength(4);
    expect(most).toBe(2);
  });
}

/** Resolves with the code of the error that a promise rejects with. */
function refusalOf(work: Promise<unknown>): Promise<string> {
  const refused = Promise.withResolvers<string>();
  work.then(
    () => refused.reject(new RaptorFlowError('internal', 'It was not refused.')),
    (error: unknown) => refused.resolve(isRaptorFlowError(error) ? error.code : String(error)),
  );
  return refused.promise;
}
