import { execFile } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startProgramServer, type RunningServer } from '@raptorflow/rig';
import { afterAll, beforeAll, expect, it } from 'vitest';

const guide = new URL('../../../docs/guides/http.md', import.meta.url);
let root = '';
let server: RunningServer;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-http-guide-'));
  server = await startProgramServer({ home: join(root, 'home') });
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

it('the examples of the guide to HTTP, run as one script, print what stands behind their arrows', async () => {
  const blocks = [...readFileSync(guide, 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
    ([, block = '']) => block,
  );
  // The first one says where the server is, which is elsewhere here.
  const script = blocks.slice(1).join('');
  const expected = [...script.matchAll(/^# → (.*)$/gm)].map(([, text]) => text);
  expect(expected.length).toBeGreaterThan(15);
  const env = { PATH: process.env['PATH'], URL: server.url, TOKEN: server.token };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: root, env, timeout: 60_000 });
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trimEnd()),
  ).toEqual(expected);
});
