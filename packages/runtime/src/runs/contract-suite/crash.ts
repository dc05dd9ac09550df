import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import type { RunBody } from '../execution.ts';
import type { RunRef, Runs } from '../runs.ts';
import { runMigrations, runTables, type RunTables } from '../tables.ts';
import { crash, echoDispatcher, runsOver } from './fixture.ts';

const ws = 'ws_a';

/** What runs promise about executors that die, on both engines. */
export function crashSuite(open: OpenDatabase): void {
  let db: Database;

  beforeEach(async () => {
    db = await open({ tables: [runTables], migrations: [runMigrations] });
  });

  const begin = async (runs: Runs): Promise<RunRef> => {
    const run = await runs.start({ workspaceId: ws, runType: 'task', input: { topic: 'rain' } });
    return { workspaceId: ws, runId: run.id };
  };

  describe('after a crash', () => {
    test('the next executor repeats no completed step and goes on where the journal ends', async () => {
      const dispatcher = echoDispatcher();
      const dead = runsOver(db, dispatcher);
      const ref = await begin(dead);
      let saves = 0;
      const body =
        (atStep: () => Promise<void>): RunBody =>
        async (run) => {
          const answer = await run.model('first', {
            model: 'fast',
            messages: [{ role: 'user', content: 'one' }],
          });
          const at = await run.decide('number', () => 40 + saves);
          await run.tool('save', at, async () => {
            saves += 1;
            return saves;
          });
          await atStep();
          const last = await run.model('last', {
            model: 'fast',
            messages: [{ role: 'user', content: answer.text }],
          });
          return [last.text, at];
        };
      void dead.execute(ref, body(crash));
      await expect.poll(async () => (await dead.journal(ref)).length).toBe(6);
      const run = await runsOver(db, dispatcher).execute(
        ref,
        body(async () => undefined),
      );
      expect(run.state).toMatchObject({ status: 'completed', output: ['echo echo one', 40] });
      expect(run.executions).toBe(2);
      expect(saves).toBe(1);
      expect(dispatcher.asked).toEqual(['one', 'echo one']);
    });

    test('an executor that was thought dead can write no more', async () => {
      const slow = runsOver(db);
      const ref = await begin(slow);
      const gate = Promise.withResolvers<void>();
      const body: RunBody = async (run) => {
        await run.note('before');
        await gate.promise;
        await run.note('after');
        return 'done';
      };
      const first = slow.execute(ref, body);
      await expect.poll(async () => (await slow.journal(ref)).length).toBe(2);
      gate.resolve();
      const second = runsOver(db).execute(ref, body);
      const results = await Promise.allSettled([first, second]);
      expect(results.map((result) => result.status)).toContain('fulfilled');
      expect((await slow.get(ref)).state).toMatchObject({ status: 'completed', output: 'done' });
      expect((await slow.journal(ref)).filter((entry) => entry.kind === 'noted')).toHaveLength(2);
    });

    test('an interrupted tool that may be repeated is called again with the same key', async () => {
      const ref = await begin(runsOver(db));
      const keys: string[] = [];
      const body =
        (after: () => Promise<string>): RunBody =>
        (run) =>
          run.tool('send', null, ({ idempotencyKey }) => {
            keys.push(idempotencyKey);
            return after();
          });
      void runsOver(db).execute(ref, body(crash));
      await expect.poll(() => keys.length).toBe(1);
      const run = await runsOver(db).execute(
        ref,
        body(async () => 'sent'),
      );
      expect(run.state).toMatchObject({ status: 'completed', output: 'sent' });
      expect(keys).toEqual([`${ref.runId}:send`, `${ref.runId}:send`]);
    });

    test.each([
      ['happened', 'sent by hand', 1],
      ['repeat', 'sent', 2],
    ] as const)(
      'an interrupted tool that must run once waits for a person, who says "%s"',
      async (said, output, calls) => {
        const ref = await begin(runsOver(db));
        let called = 0;
        const body =
          (after: () => Promise<string>): RunBody =>
          (run) =>
            run.tool(
              'pay',
              { amount: 5 },
              () => {
                called += 1;
                return after();
              },
              { effect: 'once' },
            );
        void runsOver(db).execute(ref, body(crash));
        await expect.poll(() => called).toBe(1);
        const runs = runsOver(db);
        const resumed = body(async () => 'sent');
        const waiting = await runs.execute(ref, resumed);
        expect(waiting.state).toEqual({
          status: 'waiting',
          reason: { kind: 'uncertain_step', step: 'pay', tool: 'pay' },
        });
        expect(called).toBe(1);
        expect((await runs.execute(ref, resumed)).state.status).toBe('waiting');
        const outcome =
          said === 'repeat' ? ({ kind: 'repeat' } as const) : ({ kind: 'happened', output } as const);
        expect((await runs.waiting.resolve(ref, 'pay', outcome, 'user_1')).state.status).toBe('queued');
        const done = await runs.execute(ref, resumed);
        expect(done.state).toMatchObject({ status: 'completed', output });
        expect(called).toBe(calls);
        expect(await runs.replay(ref, resumed)).toMatchObject({ identical: true });
        await expect(runs.waiting.resolve(ref, 'pay', outcome, 'user_1')).rejects.toMatchObject({
          code: 'run_not_executable',
        });
      },
    );

    test('code that has changed ends the run and says where', async () => {
      const ref = await begin(runsOver(db));
      void runsOver(db).execute(ref, async (run) => {
        await run.tool('old', 1, async () => 1);
        return crash();
      });
      await expect.poll(async () => (await runsOver(db).journal(ref)).length).toBe(3);
      const run = await runsOver(db).execute(ref, (context) => context.tool('new', 1, async () => 1));
      expect(run.state).toMatchObject({ status: 'failed', error: { code: 'run_diverged' } });
      expect(run.state.status === 'failed' && run.state.error.message).toContain('tool_started "old"');
    });

    test('a journal that was changed is not resumed', async () => {
      const runs = runsOver(db);
      const ref = await begin(runs);
      await db
        .forWorkspace<RunTables>(ws)
        .updateTable('run_journal')
        .set({ payload: '{"run_type":"task","input":"other"}' })
        .where('run_id', '=', ref.runId)
        .execute();
      await expect(runs.execute(ref, async () => 1)).rejects.toMatchObject({ code: 'run_journal_corrupt' });
    });
  });
}
