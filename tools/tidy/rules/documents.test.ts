import { expect, it } from 'vitest';

import { findingsIn } from '../planted.ts';
import { documentsRule } from './documents.ts';

const tree = {
  'package.json': JSON.stringify({ scripts: { check: 'x' } }),
  'docs/a.md': '# A title, here\n',
  'tools/gate.ts': '',
};

it('finds paths, links, headings and scripts that are not there', async () => {
  const text = [
    'See `tools/gone.ts`.',
    'See [gone](docs/gone.md).',
    'See [heading](docs/a.md#another).',
    'Type `npm run gone`.',
    'See `tools/*.py`.',
  ];
  const found = await findingsIn({ ...tree, 'README.md': `${text.join('\n')}\n` }, documentsRule);
  expect(found.map((line) => line.split(' ')[0])).toEqual([
    'README.md:1',
    'README.md:2',
    'README.md:3',
    'README.md:4',
    'README.md:5',
  ]);
});

it('takes what is there, placeholders, addresses, and text in fences', async () => {
  const text = [
    'See `tools/gate.ts`, `tools/gate.ts:12`, `tools/*.ts`, `docs/<name>.md`, `docs/`.',
    'See [it](docs/a.md#a-title-here), [web](https://example.org/x), [here](#here).',
    '# Here',
    'Type `npm run check`.',
    '```',
    'cat packages/gone/x.ts',
    '```',
  ];
  expect(await findingsIn({ ...tree, 'README.md': `${text.join('\n')}\n` }, documentsRule)).toEqual([]);
});

it('follows links from the folder of the document', async () => {
  const found = await findingsIn(
    { ...tree, 'docs/b.md': '[a](a.md) [gate](../tools/gate.ts) [gone](../gone.ts)\n' },
    documentsRule,
  );
  expect(found).toHaveLength(1);
});
