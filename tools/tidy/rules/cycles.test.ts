import { expect, it } from 'vitest';

import { findingsIn, libraryManifest } from '../planted.ts';
import { cyclesRule } from './cycles.ts';

const folder = 'packages/raptorflow/src/bus';

it('finds a cycle of type imports and shows the way round it', async () => {
  const found = await findingsIn(
    {
      [`${folder}/a.ts`]: "import { b } from './b.ts';\n",
      [`${folder}/b.ts`]: "export { c } from './c.ts';\n",
      [`${folder}/c.ts`]: "import type { A } from './a.ts';\n",
      [`${folder}/d.ts`]: "import { a } from './a.ts';\n",
    },
    cyclesRule,
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`${folder}/a.ts → ${folder}/b.ts → ${folder}/c.ts → ${folder}/a.ts`);
});

it('finds a cycle that goes through a package name, and a file that imports itself', async () => {
  const found = await findingsIn(
    {
      'packages/raptorflow/package.json': libraryManifest('bus'),
      [`${folder}/index.ts`]: "export { a } from './a.ts';\n",
      [`${folder}/a.ts`]: "const load = () => import('raptorflow/bus');\n",
      [`${folder}/self.ts`]: "import './self.ts';\n",
    },
    cyclesRule,
  );
  expect(found).toHaveLength(2);
});

it('finds every knot once, however many ways lead through it', async () => {
  const found = await findingsIn(
    {
      [`${folder}/a.ts`]: "import './b.ts';\nimport './c.ts';\n",
      [`${folder}/b.ts`]: "import './a.ts';\nimport './c.ts';\n",
      [`${folder}/c.ts`]: "import './a.ts';\n",
      [`${folder}/x.ts`]: "import './y.ts';\n",
      [`${folder}/y.ts`]: "import './x.ts';\nimport './a.ts';\n",
    },
    cyclesRule,
  );
  expect(found.map((line) => line.split(':')[0])).toEqual([`${folder}/a.ts`, `${folder}/x.ts`]);
});

it('lets a module address the worker that imports its types', async () => {
  const found = await findingsIn(
    {
      [`${folder}/a.ts`]: "export const entry = new URL('./worker.ts', import.meta.url);\n",
      [`${folder}/worker.ts`]: "import { entry } from './a.ts';\n",
    },
    cyclesRule,
  );
  expect(found).toEqual([]);
});
