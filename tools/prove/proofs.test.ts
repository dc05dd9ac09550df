import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { proofs } from './proofs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Variables that a test file reads, and how large each is in the gate. */
function sizesIn(file: string): Map<string, number> {
  const found = readFileSync(join(root, file), 'utf8').matchAll(/proofSize\('(\w+)', ([\d_]+)\)/g);
  return new Map([...found].map(([, name = '', size = '']) => [name, Number(size.replaceAll('_', ''))]));
}

it.each(Object.entries(proofs))('%s runs more of what the gate runs', (_name, { files, sizes }) => {
  const inTheGate = new Map(files.flatMap((file) => [...sizesIn(file)]));
  expect([...inTheGate.keys()].toSorted()).toEqual(Object.keys(sizes).toSorted());
  for (const [name, size] of Object.entries(sizes)) expect(size).toBeGreaterThan(inTheGate.get(name) ?? size);
});

it('every test that can repeat more has its proof', () => {
  const files = globSync('packages/*/test/**/*.test.ts', { cwd: root });
  expect(files.length).toBeGreaterThan(50);
  const scalable = files.filter((file) => sizesIn(file).size > 0);
  expect(scalable.toSorted()).toEqual(
    Object.values(proofs)
      .flatMap((proof) => proof.files)
      .toSorted(),
  );
});
