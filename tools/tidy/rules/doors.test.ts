import { describe, expect, it } from 'vitest';

import { findingsIn } from '../planted.ts';
import { docCommentRule, doorRule, exportStarRule } from './doors.ts';

const folder = 'packages/raptorflow/src/bus';

describe('export-star', () => {
  it('refuses export *, with and without a name', async () => {
    const text = "export * from './a.ts';\nexport * as b from './b.ts';\nexport type * from './c.ts';\n";
    expect(await findingsIn({ [`${folder}/index.ts`]: text }, exportStarRule)).toHaveLength(3);
  });
});

describe('door', () => {
  it('takes statements by file, with values and types each in order', async () => {
    const text =
      "export { b, z, type A, type Y } from './a.ts';\nexport { a } from './b.ts';\nexport type { C, D } from './b.ts';\n";
    expect(await findingsIn({ [`${folder}/index.ts`]: text }, doorRule)).toEqual([]);
  });

  it('takes files in the order of their names without the extension', async () => {
    const text = "export { b } from './run.ts';\nexport { a } from './run-context.ts';\n";
    expect(await findingsIn({ [`${folder}/index.ts`]: text }, doorRule)).toEqual([]);
  });

  it('takes all names in one order, whatever their files', async () => {
    const text = "export { a } from './z.ts';\nexport { B } from './a.ts';\nexport { c } from './b.ts';\n";
    expect(await findingsIn({ [`${folder}/index.ts`]: text }, doorRule)).toEqual([]);
  });

  it('refuses statements and names out of order', async () => {
    const text = "export { b } from './b.ts';\nexport { z, a } from './a.ts';\n";
    const found = await findingsIn({ [`${folder}/index.ts`]: text }, doorRule);
    expect(found.map((line) => /door: (\S+)/.exec(line)?.[1])).toEqual(['./a.ts', 'a']);
  });

  it('refuses code', async () => {
    const found = await findingsIn({ [`${folder}/index.ts`]: 'export const a = 1;\n' }, doorRule);
    expect(found[0]).toContain('a door holds nothing but its list of names');
  });
});

describe('doc-comment', () => {
  it.each([
    'export const a = 1;',
    'export function a(): void {}',
    'export class a {}',
    'export interface a {}',
    'export type a = number;',
    'const a = 1;\nexport { a };',
    '// not a doc comment\nexport const a = 1;',
    '/** Of something else. */\n\nconst b = 1;\nexport const a = b;',
  ])('refuses %s', async (text) => {
    const found = await findingsIn({ [`${folder}/a.ts`]: `${text}\n` }, docCommentRule);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('a is exported without a doc comment');
  });

  it('takes what is documented, once for all overloads, and a type inferred from a documented schema', async () => {
    const text = `/** A. */
export function a(x: string): void;
export function a(x: number): void;
export function a(x: unknown): void {}
/** B. */
const b = z.object({});
export { b };
export type B = z.infer<typeof b>;
`;
    expect(await findingsIn({ [`${folder}/a.ts`]: text }, docCommentRule)).toEqual([]);
  });

  it('asks nothing of tests', async () => {
    expect(await findingsIn({ [`${folder}/a.test.ts`]: 'export const a = 1;\n' }, docCommentRule)).toEqual(
      [],
    );
  });
});
