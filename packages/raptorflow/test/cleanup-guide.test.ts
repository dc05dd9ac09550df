import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const guide = new URL('../../../docs/guides/cleanup.md', import.meta.url);

test('the blocks of the guide to cleanup, run as one program, print what stands behind their arrows', async () => {
  const blocks = [...(await readFile(guide, 'utf8')).matchAll(/^```ts\n([\s\S]*?)^```$/gm)];
  const code = blocks.map(([, block]) => block).join('');
  const expected = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text);
  expect(expected.length).toBeGreaterThan(5);
  const options = ['--conditions=@raptorflow/source', '--input-type=module-typescript', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: root, timeout: 60_000 });
  expect(stdout.trimEnd().split('\n')).toEqual(expected);
});
