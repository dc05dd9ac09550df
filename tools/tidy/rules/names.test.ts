import { expect, it } from 'vitest';

import { findingsIn } from '../planted.ts';
import { forbiddenNamesRule, kebabCaseRule } from './names.ts';

it.each([
  'utils.ts',
  'util.ts',
  'helpers.ts',
  'common.ts',
  'misc.ts',
  'lib.ts',
  'manager.ts',
  'string-utils.ts',
  'user-service.ts',
  'connection-manager.test.ts',
])('refuses a file called %s', async (name) => {
  const found = await findingsIn({ [`packages/runtime/src/${name}`]: '' }, forbiddenNamesRule);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('says nothing; name it after what it does');
});

it('refuses such a folder, and takes a name that is about something', async () => {
  expect(await findingsIn({ 'packages/runtime/src/helpers/': '' }, forbiddenNamesRule)).toHaveLength(1);
  const fine = {
    'packages/runtime/src/service.ts': '',
    'packages/runtime/src/common-words.ts': '',
    'tools/gate.ts': '',
  };
  expect(await findingsIn(fine, forbiddenNamesRule)).toEqual([]);
});

it('refuses camelCase, PascalCase and snake_case, and says the right name', async () => {
  const found = await findingsIn(
    {
      'packages/runtime/src/runStore.ts': '',
      'packages/dashboard/src/RunPage.tsx': '',
      'packages/runtime/src/run_step.ts': '',
    },
    kebabCaseRule,
  );
  expect(found.map((line) => line.split('call it ')[1])).toEqual([
    'run-page.tsx',
    'run-step.ts',
    'run-store.ts',
  ]);
});

it('takes names that others fix', async () => {
  const fine = {
    'packages/runtime/README.md': '',
    'deploy/Dockerfile': '',
    'packages/x/src/a.test.ts': '',
    'docs/decisions/typescript-7.md': '',
  };
  expect(await findingsIn(fine, kebabCaseRule)).toEqual([]);
});
