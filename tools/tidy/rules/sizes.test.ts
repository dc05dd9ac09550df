import { describe, expect, it } from 'vitest';

import { findingsIn } from '../planted.ts';
import {
  fileLinesRule,
  functionLinesRule,
  optionFieldsRule,
  portMethodsRule,
  publicMethodsRule,
} from './sizes.ts';

const path = 'packages/raptorflow/src/bus/x.ts';
const lines = (count: number, text = 'void 0;'): string =>
  `${Array.from({ length: count }, () => text).join('\n')}\n`;
const fields = (count: number): string =>
  Array.from({ length: count }, (_, index) => `f${index}: number;`).join(' ');

describe('file-lines', () => {
  it('accepts 400 lines and refuses 401, in tests too', async () => {
    expect(await findingsIn({ [path]: lines(400) }, fileLinesRule)).toEqual([]);
    const found = await findingsIn(
      { [path]: lines(401), 'packages/x/test/y.test.ts': lines(401) },
      fileLinesRule,
    );
    expect(found).toHaveLength(2);
    expect(found[0]).toContain('401 lines, at most 400');
  });
});

describe('function-lines', () => {
  it('accepts 70 lines and refuses 71, whatever the form of the function', async () => {
    const forms = [
      ['function f() {\n', '}\n'],
      ['const f = () => {\n', '};\n'],
      ['class C {\n  f() {\n', '  }\n}\n'],
      ['const o = { f: function () {\n', '} };\n'],
    ];
    for (const [open = '', close = ''] of forms) {
      expect(await findingsIn({ [path]: open + lines(68) + close }, functionLinesRule)).toEqual([]);
      const found = await findingsIn({ [path]: open + lines(69) + close }, functionLinesRule);
      expect(found[0]).toContain('f has 71 lines, at most 70');
    }
  });

  it('counts test cases on their own', async () => {
    const short = `it('a', () => {\n${lines(40)}});\n`;
    const long = `it.each([1])('b', () => {\n${lines(80)}});\n`;
    const suite = (cases: string): string =>
      `export function suite() {\ndescribe('s', () => {\n${cases}});\n}\n`;
    expect(await findingsIn({ [path]: suite(short + short) }, functionLinesRule)).toEqual([]);
    expect(await findingsIn({ [path]: suite(short + long) }, functionLinesRule)).toHaveLength(1);
  });
});

describe('public-methods', () => {
  const methods = (count: number): string =>
    Array.from({ length: count }, (_, index) => `m${index}() {}`).join(' ');

  it('accepts 12 public methods and refuses 13', async () => {
    expect(await findingsIn({ [path]: `class C { ${methods(12)} }\n` }, publicMethodsRule)).toEqual([]);
    const found = await findingsIn({ [path]: `class C { ${methods(13)} }\n` }, publicMethodsRule);
    expect(found[0]).toContain('class C has 13 public methods');
  });

  it('does not count the constructor, accessors and what is private', async () => {
    const text = `class C { constructor() {} get a() { return 1; } #b() {} private c() {} protected d() {} ${methods(12)} }\n`;
    expect(await findingsIn({ [path]: text }, publicMethodsRule)).toEqual([]);
  });
});

describe('port-methods', () => {
  it('accepts 10 methods and refuses 11', async () => {
    const methods = (count: number): string =>
      Array.from({ length: count }, (_, index) => `m${index}(): void;`).join(' ');
    expect(
      await findingsIn({ [path]: `interface BusEngine { ${methods(10)} name: string }\n` }, portMethodsRule),
    ).toEqual([]);
    const found = await findingsIn(
      { [path]: `interface BusEngine { ${methods(10)} f: () => void }\n` },
      portMethodsRule,
    );
    expect(found[0]).toContain('port BusEngine has 11 methods, at most 10');
  });
});

describe('option-fields', () => {
  it.each([
    ['an interface', `interface XOptions { ${fields(9)} }`],
    ['a type', `type XOptions = { ${fields(9)} } & Other;`],
    ['a group inside', `interface XOptions { retry: { ${fields(9)} } }`],
    ['a schema', `const optionsSchema = z.strictObject({ ${fields(9).replaceAll(';', ',')} });`],
  ])('refuses 9 fields in %s', async (_form, text) => {
    const found = await findingsIn({ [path]: `${text}\n` }, optionFieldsRule);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('has 9 fields in one group, at most 8');
  });

  it('accepts groups of 8, and records with more', async () => {
    const text = `interface XOptions { a: { ${fields(8)} }; b: { ${fields(8)} } }\ninterface Envelope { ${fields(20)} }\n`;
    expect(await findingsIn({ [path]: text }, optionFieldsRule)).toEqual([]);
  });
});
