import { expect, it } from 'vitest';

import { findingsIn } from '../planted.ts';
import { configurationReferenceRule } from './configuration-reference.ts';

const config = 'packages/platform/src/config.ts';
const page = 'docs/reference/configuration.md';

function check(source: string, text: string): Promise<string[]> {
  return findingsIn({ [config]: `${source}\n`, [page]: `${text}\n` }, configurationReferenceRule);
}

it('finds a variable that nobody described, in a schema or looked up', async () => {
  const source =
    "const schema = z.object({ PORT: z.string(), HOST: z.string() });\nf(env['LOG_LEVEL'], env['TERM']);";
  const found = await check(source, '| `PORT` | 8001 | The port. |');
  expect(found.map((line) => /: (\w+) is read but not described/.exec(line)?.[1])).toEqual([
    'HOST',
    'LOG_LEVEL',
  ]);
});

it('finds a row for a variable that nobody reads', async () => {
  const found = await check(
    'const schema = z.object({ PORT: z.string() });',
    '| `PORT` | 1 | x |\n| `GONE` | 1 | x |',
  );
  expect(found).toEqual([
    `${page}:2 configuration-reference: GONE is described but nobody reads it; remove the row`,
  ]);
});

it('asks for the page where variables are read, and for nothing where none are', async () => {
  const [missing] = await findingsIn({ [config]: 'f(env.PORT);\n' }, configurationReferenceRule);
  expect(missing).toContain(`${page}:1 configuration-reference: the page is missing`);
  expect(await findingsIn({ [config]: 'f();\n' }, configurationReferenceRule)).toEqual([]);
});
