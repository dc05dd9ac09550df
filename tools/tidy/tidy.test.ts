import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { rules } from './rules.ts';
import { anyRule } from './rules/code.ts';
import { tidy } from './tidy.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tidy-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

it('sorts findings by path and line, and counts the files', async () => {
  write('packages/runtime/src/b.ts', 'const a: any = 1;\n');
  write('packages/runtime/src/a.ts', 'const a = 1;\nconst b: any = a;\nconst c: any = b;\n');
  const { findings, filesLookedAt } = await tidy(root, [anyRule], []);
  expect(findings.map(({ path, line }) => `${path}:${line}`)).toEqual([
    'packages/runtime/src/a.ts:2',
    'packages/runtime/src/a.ts:3',
    'packages/runtime/src/b.ts:1',
  ]);
  expect(filesLookedAt).toBe(2);
});

it('does not look into dependencies and build outputs', async () => {
  write('node_modules/x/index.ts', 'const a: any = 1;\n');
  write('packages/runtime/dist/index.js', 'const a = 1;\n');
  expect((await tidy(root, [anyRule], [])).filesLookedAt).toBe(0);
});

it('lets an exemption cover a file, a folder or a name, and refuses one that covers nothing', async () => {
  write('packages/runtime/src/a.ts', 'const a: any = 1;\n');
  const reason = 'a test';
  expect(
    (await tidy(root, [anyRule], [{ rule: 'any', path: 'packages/runtime/', reason }])).findings,
  ).toEqual([]);
  expect(
    (await tidy(root, [anyRule], [{ rule: 'any', path: 'packages/runtime/src/a.ts', reason }])).findings,
  ).toEqual([]);
  const { findings } = await tidy(root, [anyRule], [{ rule: 'clock', path: 'packages/runtime/', reason }]);
  expect(findings.map(({ rule }) => rule)).toEqual(['any', 'exemption']);
});

it('has a test with planted violations for every rule', () => {
  const folder = join(import.meta.dirname, 'rules');
  const files = readdirSync(folder);
  const sources = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const untested = sources.flatMap((name) => {
    const exported = [
      ...readFileSync(join(folder, name), 'utf8').matchAll(/^export (?:const|function) (\w+Rule)\b/gm),
    ];
    const test = name.replace(/\.ts$/, '.test.ts');
    const text = files.includes(test) ? readFileSync(join(folder, test), 'utf8') : '';
    return exported.map((match) => match[1] ?? '').filter((rule) => text.split(rule).length < 3);
  });
  expect(untested).toEqual([]);
  expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length);
});
