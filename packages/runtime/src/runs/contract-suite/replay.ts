import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import type { JsonValue } from '../../models/model.ts';
import type { RunBody } from '../execution.ts';
import type { RunContext } from '../run-context.ts';
import type { RunState } from '../run.ts';
import type { RunRef, Runs } from '../runs.ts';
import { runMigrations, runTables } from '../tables.ts';
import { crash, echoDispatcher, runsOver } from './fixture.ts';

const ws = 'ws_a';

/** What replay and resume promise about the journal on both engines. */
export function replaySuite(open: OpenDatabase): void {
  let db: Database;

  beforeEach(async () => {
    db = await open({ tables: [runTables], migrations: [runMigrations] });
  });

  const begin = async (): Promise<RunRef> => {
    const run = await runsOver(db).start({ workspaceId: ws, runType: 'task', input: null });
    return { workspaceId: ws, runId: run.id };
  };

  describe('a replay', () => {
    const body: RunBody = async (run) => {
      const first = await ask(run, 'first', 'one');
      await run.note('between', { z: 1, a: 2 });
      const second = await ask(run, 'second', first.text);
      return { a: second.text };
    };

    test('gives the same journal, byte for byte, without calling anything', async () => {
      const dispatcher = echoDispatcher();
      const runs = runsOver(db, dispatcher);
      const ref = await begin();
      await runs.execute(ref, body);
      const calls = dispatcher.asked.length;
      const hash = (await runs.journal(ref)).at(-1)?.hash;
      for (let round = 0; round < 20; round += 1) {
        expect(await runs.replay(ref, body)).toEqual({ identical: true, entries: 7, hash });
      }
      expect(dispatcher.asked).toHaveLength(calls);
      expect(await runs.journal(ref)).toHaveLength(7);
    });

    test('shows the first step that differs when a prompt has changed', async () => {
      const runs = runsOver(db);
      const ref = await begin();
      await runs.execute(ref, body);
      const changed = await runs.replay(ref, async (run) => {
        const first = await ask(run, 'first', 'one');
        await run.note('between', { z: 1, a: 2 });
        const second = await ask(run, 'second', `Please: ${first.text}`);
        return { a: second.text };
      });
      expect(changed).toMatchObject({
        identical: false,
        seq: 4,
        recorded: { kind: 'model_started', step: 'second' },
        actual: { payload: { request: { messages: [{ content: 'Please: echo one' }] } } },
      });
    });

    const others: [string, RunBody, number][] = [
      ['another output', async (run) => [await body(run)], 6],
      [
        'a step more',
        async (run) => {
          await body(run);
          return run.decide('more', () => 1);
        },
        6,
      ],
      ['a step less', (run) => ask(run, 'first', 'one').then(() => 'early'), 3],
      ['a failure', (run) => ask(run, 'first', 'one').then(() => Promise.reject(new TypeError('bug'))), 3],
      ['standing still', (run) => ask(run, 'first', 'one').then(crash), 3],
    ];
    test.each(others)('notices %s', async (_name, other, seq) => {
      const runs = runsOver(db);
      const ref = await begin();
      await runs.execute(ref, body);
      expect(await runs.replay(ref, other)).toMatchObject({ identical: false, seq });
    });

    test('gives races the same winners again', async () => {
      const gates = new Map<string, PromiseWithResolvers<string>>();
      const racing: RunBody = async (run) => {
        const call = (step: string): Promise<string> =>
          run.tool(step, null, () => {
            const gate = Promise.withResolvers<string>();
            gates.set(step, gate);
            return gate.promise;
          });
        const runners = ['a', 'b', 'c'].map((step) => call(step));
        const winner = await Promise.race(runners);
        await run.note('won', { winner });
        return Promise.all(runners);
      };
      const runs = runsOver(db);
      const ref = await begin();
      const done = runs.execute(ref, racing);
      await expect.poll(() => gates.size).toBe(3);
      for (const step of ['c', 'a', 'b']) {
        gates.get(step)?.resolve(step);
        await expect
          .poll(async () => (await runs.steps(ref)).find((each) => each.name === step)?.status)
          .toBe('completed');
      }
      expect((await done).state).toMatchObject({ status: 'completed', output: ['a', 'b', 'c'] });
      gates.clear();
      expect(await runs.replay(ref, racing)).toMatchObject({ identical: true });
      expect(gates.size).toBe(0);
    });
  });

  test('however often a run is killed and wherever, completed steps are not repeated, and it ends as if it had not been', async () => {
    const step = fc.record({
      kind: fc.constantFrom('model', 'tool', 'decide', 'note', 'pair'),
      fails: fc.boolean(),
    });
    const programs = fc.array(step, { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(programs, fc.array(fc.nat(6), { maxLength: 4 }), async (program, kills) => {
        const dispatcher = echoDispatcher();
        const effects = new Map<string, number>();
        const bodyOf = (killAt: number | null, died: () => void): RunBody =>
          programBody(program, effects, { killAt, died });
        const calm = await begin();
        const expected = await runsOver(db).execute(
          calm,
          bodyOf(null, () => undefined),
        );
        effects.clear();
        const ref = await begin();
        for (const killAt of kills) {
          const died = Promise.withResolvers<void>();
          const runs = runsOver(db, dispatcher);
          const before = await completedSteps(runs, ref);
          const counts = new Map(effects);
          await Promise.race([runs.execute(ref, bodyOf(killAt, died.resolve)), died.promise]);
          for (const name of before) expect(effects.get(name)).toBe(counts.get(name));
        }
        const runs = runsOver(db, dispatcher);
        const before = await completedSteps(runs, ref);
        const counts = new Map(effects);
        const run = await runs.execute(
          ref,
          bodyOf(null, () => undefined),
        );
        for (const name of before) expect(effects.get(name)).toBe(counts.get(name));
        expect(outputOf(run.state)).toEqual(outputOf(expected.state));
        expect(
          await runs.replay(
            ref,
            bodyOf(null, () => undefined),
          ),
        ).toMatchObject({ identical: true });
        // At most the model call that was under way is repeated; here none dies in one.
        expect(new Set(dispatcher.asked).size).toBe(dispatcher.asked.length);
      }),
      { numRuns: 15 },
    );
  });
}

interface ProgramStep {
  readonly kind: string;
  readonly fails: boolean;
}

/** A program of steps; with a kill, this execution dies inside the step of that number, after its effect. */
function programBody(
  program: readonly ProgramStep[],
  effects: Map<string, number>,
  kill: { readonly killAt: number | null; readonly died: () => void },
): RunBody {
  return async (run) => {
    const results: JsonValue[] = [];
    const tool = async (name: string, at: number, fails: boolean): Promise<JsonValue> => {
      const call = async (): Promise<JsonValue> => {
        effects.set(name, (effects.get(name) ?? 0) + 1);
        if (kill.killAt === at) await dying(kill.died);
        if (fails) throw new TypeError(`step ${name} fails`);
        return { at, z: [1], a: null };
      };
      return run.tool(name, { at }, call).catch((error: unknown) => String(error));
    };
    for (const [at, { kind, fails }] of program.entries()) {
      if (kind === 'model') results.push((await ask(run, `${at}`, `${at} ${JSON.stringify(results)}`)).text);
      else if (kind === 'tool') results.push(await tool(`${at}`, at, fails));
      else if (kind === 'decide') results.push(await run.decide(`${at}`, () => at * 2));
      else if (kind === 'note') await run.note('progress', { at });
      else results.push(...(await Promise.all([tool(`${at}a`, at, fails), tool(`${at}b`, -1, false)])));
      if (kill.killAt === at) await dying(kill.died);
    }
    return results;
  };
}

function ask(run: RunContext, step: string, content: string): Promise<{ text: string }> {
  return run.model(step, { model: 'fast', messages: [{ role: 'user', content }] });
}

async function dying(died: () => void): Promise<never> {
  died();
  return crash();
}

async function completedSteps(runs: Runs, ref: RunRef): Promise<string[]> {
  const steps = await runs.steps(ref);
  return steps.filter((step) => step.status === 'completed').map((step) => step.name);
}

function outputOf(state: RunState): JsonValue {
  expect(state.status).toBe('completed');
  return state.status === 'completed' ? state.output : null;
}
