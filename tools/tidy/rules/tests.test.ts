import { expect, it } from 'vitest';

import { findingsIn } from '../planted.ts';
import { everyTestRunsRule } from './tests.ts';

it('refuses every way to leave a test out', async () => {
  const ways = [
    "it.skip('a', f);",
    "describe.only('a', f);",
    "test.todo('a');",
    `it.skipIf(x)('a', f);`,
    `describe.runIf(x)('a', f);`,
    "it.concurrent.only('a', f);",
    "xit('a', f);",
    "it('a', { skip: true }, f);",
  ];
  for (const way of ways) {
    const found = await findingsIn({ 'packages/runtime/src/a.test.ts': `${way}\n` }, everyTestRunsRule);
    expect(found, way).toHaveLength(1);
    expect(found[0]).toContain('make the test run everywhere, or delete it');
  }
});

it('takes tests that run, and other things called skip', async () => {
  const text = "it('a', { timeout: 5 }, f);\nit.each([1])('b', f);\nqueue.skip(1);\nf({ skip: true });\n";
  expect(await findingsIn({ 'packages/runtime/src/a.test.ts': text }, everyTestRunsRule)).toEqual([]);
});
