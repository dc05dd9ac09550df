import { expect, it } from 'vitest';

import { runSteps } from './runner.ts';
import type { Step, StepResult, Totals } from './runner.ts';

const good: StepResult = { passed: 1, failed: 0 };
const bad: StepResult = { passed: 2, failed: 1, output: 'it broke\nhere' };

function step(name: string, result: StepResult, rest: Partial<Step> = {}): Step {
  return { name, quick: true, run: () => Promise.resolve(result), ...rest };
}

async function run(
  steps: readonly Step[],
  signal = new AbortController().signal,
): Promise<{ lines: string[]; totals: Totals }> {
  const lines: string[] = [];
  const totals = await runSteps(steps, {
    print: (line) => lines.push(line),
    signal,
    stepsAtOnceMax: 2,
    stillRunningEveryMs: 60_000,
  });
  return { lines, totals };
}

it('runs every step to the end whatever fails, and adds up', async () => {
  const { lines, totals } = await run([
    step('a', bad),
    step('b', good),
    step('c', { passed: 40, failed: 2 }),
  ]);
  expect(totals).toEqual({ passed: 43, failed: 3 });
  expect(lines.join('\n')).toMatch(/a +FAILED .* s\n {4}it broke\n {4}here/);
  expect(lines.join('\n')).toMatch(/b +ok/);
});

it('runs two steps at a time, and one that wants to be alone with nothing beside it', async () => {
  const events: string[] = [];
  const slow = (name: string, rest: Partial<Step> = {}): Step => ({
    ...step(name, good, rest),
    run: async () => {
      events.push(`+${name}`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`-${name}`);
      return good;
    },
  });
  await run([slow('a'), slow('b'), slow('alone', { alone: true }), slow('c')]);
  expect(events).toEqual(['+a', '+b', '-a', '+c', '-b', '-c', '+alone', '-alone']);
});

it('waits for what a step needs, and does not run it when that failed', async () => {
  let ran = false;
  const dependent = step('dependent', good, {
    needs: ['broken'],
    run: () => {
      ran = true;
      return Promise.resolve(good);
    },
  });
  const { lines, totals } = await run([
    dependent,
    step('broken', bad),
    step('later', good, { after: ['broken', 'not there'] }),
  ]);
  expect(ran).toBe(false);
  expect(totals).toEqual({ passed: 3, failed: 2 });
  expect(lines.join('\n')).toContain('not run: broken failed');
});

it('counts a step that throws as failed', async () => {
  const { lines, totals } = await run([
    step('a', good, { run: () => Promise.reject(new Error('no such program')) }),
  ]);
  expect(totals).toEqual({ passed: 0, failed: 1 });
  expect(lines.join('\n')).toContain('no such program');
});

it('starts nothing more once it is stopped', async () => {
  const abort = new AbortController();
  const first = step('a', good, {
    run: () => {
      abort.abort();
      return Promise.resolve(good);
    },
  });
  const { totals } = await run([first, step('b', good, { after: ['a'] })], abort.signal);
  expect(totals).toEqual({ passed: 1, failed: 0 });
});
