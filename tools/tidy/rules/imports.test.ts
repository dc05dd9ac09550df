import { describe, expect, it } from 'vitest';

import { units } from '../layout.ts';
import { findingsIn, libraryManifest, packageManifest } from '../planted.ts';
import { browserSafeRule, importsRule } from './imports.ts';

const library = {
  'packages/raptorflow/package.json': libraryManifest(
    'kernel',
    'kernel/testing',
    'storage',
    'metrics',
    'bus',
  ),
  'packages/raptorflow/src/kernel/index.ts': "export { ids } from './ids.ts';\n",
  'packages/raptorflow/src/kernel/ids.ts': 'export const ids = 1;\n',
  'packages/raptorflow/src/kernel/testing/index.ts': "export { fake } from './fake.ts';\n",
  'packages/raptorflow/src/kernel/testing/fake.ts': 'export const fake = 1;\n',
  'packages/raptorflow/src/bus/index.ts': "export { bus } from './bus.ts';\n",
  'packages/raptorflow/src/bus/bus.ts': 'export const bus = 1;\n',
  'packages/raptorflow/src/metrics/index.ts': 'export {};\n',
};

const packages = {
  'packages/runtime/package.json': packageManifest('@raptorflow/runtime'),
  'packages/runtime/src/index.ts': 'export {};\n',
  'packages/society/package.json': packageManifest('@raptorflow/society'),
  'packages/society/src/index.ts': 'export {};\n',
  'packages/rig/package.json': packageManifest('@raptorflow/rig'),
  'packages/rig/src/index.ts': 'export {};\n',
};

function check(path: string, text: string): Promise<string[]> {
  return findingsIn({ ...library, ...packages, [path]: `${text}\n` }, importsRule);
}

describe('the import table', () => {
  it('refuses a room that the table does not list, and says what it lists', async () => {
    const found = await check(
      'packages/raptorflow/src/storage/x.ts',
      "import { bus } from '../bus/index.ts';",
    );
    expect(found).toEqual([
      'packages/raptorflow/src/storage/x.ts:1 imports: storage may not import bus (it may import: kernel); ' +
        'turn the dependency round with a port or a callback given at composition',
    ]);
  });

  it.each([
    ['a type import', "import type { Bus } from '../bus/index.ts';"],
    ['a lazy import', "const load = () => import('../bus/index.ts');"],
    ['an export from', "export { bus } from '../bus/index.ts';"],
    ['an import inside a type', "export type X = import('../bus/index.ts').Bus;"],
    ['a worker address', "export const entry = new URL('../bus/worker.ts', import.meta.url);"],
    ['a bare import', "import '../bus/index.ts';"],
  ])('sees %s', async (_kind, text) => {
    expect(await check('packages/raptorflow/src/storage/x.ts', text)).toHaveLength(1);
  });

  it('lets a room import what the table lists, through its door', async () => {
    expect(
      await check('packages/raptorflow/src/bus/x.ts', "import { ids } from '../kernel/index.ts';"),
    ).toEqual([]);
  });

  it('refuses a listed room past its door', async () => {
    const [found] = await check(
      'packages/raptorflow/src/bus/x.ts',
      "import { ids } from '../kernel/ids.ts';",
    );
    expect(found).toContain('goes into the room kernel past its door; import ../kernel/index.ts');
  });

  it('refuses a room that names its own package', async () => {
    expect(
      await check('packages/raptorflow/src/bus/x.ts', "import { ids } from 'raptorflow/kernel';"),
    ).toHaveLength(1);
    expect(
      await check('packages/raptorflow/src/bus/x.ts', "import { bus } from 'raptorflow/bus';"),
    ).toHaveLength(1);
  });

  it('lets tests use the rig and the test doors, and product code not', async () => {
    const text = "import { fake } from '../kernel/testing/index.ts';\nimport '@raptorflow/rig';";
    expect(await check('packages/raptorflow/src/bus/x.test.ts', text)).toEqual([]);
    expect(await check('packages/raptorflow/src/bus/x.ts', text)).toHaveLength(2);
    expect(await check('packages/raptorflow/src/kernel/x.ts', "import './testing/fake.ts';")).toHaveLength(1);
  });

  it('refuses a package that the table does not list', async () => {
    const [found] = await check('packages/runtime/src/x.ts', "import {} from '@raptorflow/society';");
    expect(found).toContain('runtime may not import society');
    expect(await check('packages/society/src/x.ts', "import {} from '@raptorflow/runtime';")).toEqual([]);
  });

  it('refuses a relative way into another package, and a door that is not public', async () => {
    const [past] = await check('packages/society/src/x.ts', "import {} from '../../runtime/src/index.ts';");
    expect(past).toContain('goes into runtime past its door');
    const [missing] = await check('packages/society/src/x.ts', "import {} from 'raptorflow/kernel/ids';");
    expect(missing).toContain('raptorflow/kernel/ids is not a public door');
  });

  it('sends examples, benchmarks and tools through public doors', async () => {
    for (const folder of ['examples', 'benchmarks', 'tools']) {
      expect(await check(`${folder}/x.ts`, "import { bus } from 'raptorflow/bus';")).toEqual([]);
      const found = await check(
        `${folder}/x.ts`,
        "import { bus } from '../packages/raptorflow/src/bus/bus.ts';",
      );
      expect(found[0]).toContain(`${folder} may use public doors only`);
    }
  });

  it('refuses a module whose name is computed', async () => {
    expect(
      await check('packages/runtime/src/x.ts', 'export const load = (name: string) => import(name);'),
    ).toHaveLength(1);
  });

  it("lets the library's integration tests look into its rooms", async () => {
    const files = {
      'packages/raptorflow/test/programs/child.ts': '',
      'packages/raptorflow/test/crash.test.ts': '',
    };
    const text =
      "import { bus } from '../src/bus/bus.ts';\nimport './programs/child.ts';\nimport '@raptorflow/rig';\n";
    expect(
      await findingsIn(
        { ...library, ...packages, ...files, 'packages/raptorflow/test/a.test.ts': text },
        importsRule,
      ),
    ).toEqual([]);
    const room = "import '../../test/programs/child.ts';";
    expect(await check('packages/raptorflow/src/bus/x.test.ts', room)).toEqual([]);
    expect(await check('packages/raptorflow/src/bus/x.ts', room)).toHaveLength(1);
  });

  it('leaves packages of others alone', async () => {
    expect(await check('packages/runtime/src/x.ts', "import 'node:fs';\nimport 'zod';")).toEqual([]);
  });

  it('knows only rooms and packages that it also lists as a row', () => {
    const names = new Set([...units.map((unit) => unit.name), 'library']);
    const unknown = units
      .flatMap((unit) => [...unit.imports, ...(unit.testImports ?? [])])
      .filter((name) => !names.has(name));
    expect(unknown).toEqual([]);
  });
});

describe('browser-safe packages', () => {
  it('may not import Node, except in tests', async () => {
    const text = "import { readFileSync } from 'node:fs';\n";
    const [found] = await findingsIn({ 'packages/contract/src/x.ts': text }, browserSafeRule);
    expect(found).toContain('contract also runs in a browser and may not import node:fs');
    expect(
      await findingsIn(
        { 'packages/contract/src/x.test.ts': text, 'packages/runtime/src/x.ts': text },
        browserSafeRule,
      ),
    ).toEqual([]);
  });
});
