import { describe, expect, it } from 'vitest';

import { findingsIn } from '../planted.ts';
import type { Rule } from '../rule.ts';
import {
  anyRule,
  clockRule,
  compilerCommentRule,
  environmentRule,
  exitRule,
  leftoverRule,
  moduleStateRule,
  plainErrorRule,
  syntaxRule,
  wireNamesRule,
} from './code.ts';

const product = 'packages/runtime/src/x.ts';
const test = 'packages/runtime/src/x.test.ts';

function count(rule: Rule, path: string, text: string): Promise<number> {
  return findingsIn({ [path]: `${text}\n` }, rule).then((found) => found.length);
}

describe('plain-error', () => {
  it.each([
    'throw new Error("x");',
    'throw Error("x");',
    'throw new TypeError("x");',
    'class A extends Error {}',
  ])('refuses %s in product code', async (text) => {
    expect(await count(plainErrorRule, product, text)).toBe(1);
  });

  it('lets the kernel and tests make plain errors, and the client its own class', async () => {
    expect(await count(plainErrorRule, 'packages/raptorflow/src/kernel/x.ts', 'throw new Error("x");')).toBe(
      0,
    );
    expect(await count(plainErrorRule, test, 'throw new Error("x");')).toBe(0);
    expect(await count(plainErrorRule, 'packages/client/src/x.ts', 'class A extends Error {}')).toBe(0);
    expect(await count(plainErrorRule, product, 'throw new RaptorFlowError("internal", "x");')).toBe(0);
  });
});

describe('any and compiler comments', () => {
  it('refuses any, in tests too', async () => {
    expect(await count(anyRule, test, 'const a: any = 1;')).toBe(1);
    expect(await count(anyRule, test, 'const a: unknown = "any";')).toBe(0);
  });

  it('refuses silencing the compiler, except with a reason', async () => {
    expect(await count(compilerCommentRule, test, '// @ts-ignore\nf();')).toBe(1);
    expect(await count(compilerCommentRule, test, '/* @ts-nocheck */\nf();')).toBe(1);
    expect(await count(compilerCommentRule, test, '// @ts-expect-error\nf();')).toBe(1);
    expect(await count(compilerCommentRule, test, '// @ts-expect-error: the types of x lie\nf();')).toBe(0);
  });
});

describe('environment', () => {
  it.each([
    'f(process.env.PORT);',
    'f(process.env["PORT"]);',
    'f(globalThis.process.env);',
    "import { env } from 'node:process';",
  ])('refuses %s', async (text) => {
    expect(await count(environmentRule, product, text)).toBe(1);
  });

  it('lets the two files and tests read it', async () => {
    for (const path of ['packages/platform/src/config.ts', 'packages/cli/src/env.ts', test, 'tools/x.ts']) {
      expect(await count(environmentRule, path, 'f(process.env.PORT);')).toBe(0);
    }
  });
});

describe('clock', () => {
  it.each([
    'f(Date.now());',
    'f(Date.now);',
    'f(new Date());',
    'f(Math.random());',
    'setTimeout(f, 1);',
    'globalThis.setInterval(f, 1);',
    'f(performance.now());',
    'f(process.hrtime.bigint());',
    "import { setTimeout as sleep } from 'node:timers/promises';",
  ])('refuses %s', async (text) => {
    expect(await count(clockRule, product, text)).toBe(1);
  });

  it('takes the injected clock, a date of something, tests, and the kernel clock itself', async () => {
    expect(await count(clockRule, product, 'clock.setTimeout(f, 1); f(new Date(clock.now()));')).toBe(0);
    expect(await count(clockRule, test, 'f(Date.now());')).toBe(0);
    expect(await count(clockRule, 'packages/raptorflow/src/kernel/clock.ts', 'f(Date.now());')).toBe(0);
    expect(await count(clockRule, 'packages/raptorflow/src/kernel/ids.ts', 'f(Date.now());')).toBe(1);
  });
});

describe('what is left behind', () => {
  it('refuses it in comments and in configuration', async () => {
    const word = 'TODO';
    expect(await count(leftoverRule, test, `// ${word}: later\nf();`)).toBe(1);
    expect(await count(leftoverRule, 'deploy/compose.yaml', `# ${word}`)).toBe(1);
    expect(await count(leftoverRule, product, `f('${word}');`)).toBe(0);
  });
});

describe('exit and module-state', () => {
  it('keeps exit codes in the command line', async () => {
    expect(await count(exitRule, product, 'process.exit(1);')).toBe(1);
    expect(await count(exitRule, product, 'process.exitCode = 1;')).toBe(1);
    expect(await count(exitRule, 'packages/cli/src/main.ts', 'process.exit(1);')).toBe(0);
  });

  it('refuses state in a module', async () => {
    expect(await count(moduleStateRule, product, 'let count = 0;')).toBe(1);
    expect(await count(moduleStateRule, product, 'export let count = 0;')).toBe(1);
    expect(
      await count(moduleStateRule, product, 'const count = 0; function f() { let x = 1; return x; }'),
    ).toBe(0);
  });
});

describe('wire-name', () => {
  it('refuses camelCase on the wire and says the right name', async () => {
    const path = 'packages/contract/src/x.ts';
    const [found] = await findingsIn(
      { [path]: 'export const x = z.strictObject({ createdAt: z.string() });\n' },
      wireNamesRule,
    );
    expect(found).toContain('createdAt goes over the wire but is not snake_case; call it created_at');
    expect(
      await count(
        wireNamesRule,
        path,
        'export const x = z.object({ created_at: z.string() }); f({ createdAt: 1 });',
      ),
    ).toBe(0);
  });
});

describe('syntax', () => {
  it('says that a file does not parse', async () => {
    expect(await count(syntaxRule, product, 'const = ;')).toBe(1);
  });
});
