import { expect, it } from 'vitest';

import { findingsIn, libraryManifest } from '../planted.ts';
import { filesLookedAtRule, shapeRule } from './shape.ts';

it('finds packages and rooms that the table does not know', async () => {
  const found = await findingsIn(
    { 'packages/brand-new/src/a.ts': '', 'packages/raptorflow/src/brand-new/index.ts': '' },
    shapeRule,
  );
  expect(found).toHaveLength(2);
  expect(found[0]).toContain('the import table does not know this package');
  expect(found[1]).toContain('the import table does not know this room');
});

it('finds empty packages, rooms without a door and doors that lead nowhere', async () => {
  const found = await findingsIn(
    {
      'packages/runtime/src/': '',
      'packages/raptorflow/src/bus/bus.ts': '',
      'packages/raptorflow/package.json': libraryManifest('bus'),
    },
    shapeRule,
  );
  expect(found.map((line) => /shape: ([^;]+);/.exec(line)?.[1])).toEqual([
    'the door ./bus leads to packages/raptorflow/src/bus/index.ts, which is not there',
    'the room has no door',
    'the package has no source',
  ]);
});

it('does not pass when it looked at too few files', async () => {
  const files = { 'packages/runtime/src/a.ts': '', 'packages/runtime/src/b.ts': '' };
  expect(await findingsIn(files, filesLookedAtRule(2))).toEqual([]);
  const [found] = await findingsIn(files, filesLookedAtRule(3));
  expect(found).toContain('looked at 2 source files, at least 3 are there');
});
