import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { judgeAudit } from './audit.ts';
import { findSecrets, scanTrackedFiles } from './secret-scan.ts';

// Put together here, so that the scan of this repository does not find them.
const secrets: readonly string[] = [
  ['-----', 'BEGIN PRIVATE KEY-----', '\n', 'a'.repeat(64)],
  ['AK', 'IA', 'A'.repeat(16)],
  ['AI', 'za', 'a'.repeat(35)],
  ['gh', 'p_', 'a'.repeat(36)],
  ['glp', 'at-', 'a'.repeat(20)],
  ['np', 'm_', 'a'.repeat(36)],
  ['xo', 'xb-', '1'.repeat(10), '-', 'a'.repeat(24)],
  ['s', 'k-ant-', 'a'.repeat(48)],
  ['e', 'yJ', 'a'.repeat(20), '.e', 'yJ', 'a'.repeat(20), '.', 'a'.repeat(43)],
].map((parts) => parts.join(''));

it('finds each kind of secret and its line, and nothing in ordinary text', () => {
  for (const secret of secrets) expect(findSecrets(`a\nb = "${secret}"`)).toMatchObject([{ line: 2 }]);
  expect(findSecrets('send "Authorization: Bearer <token>", sk-…, rf_…, ghp_short, AKIA')).toEqual([]);
});

it('fails on a tracked file with a secret, names its place and does not show it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'raptorflow-scan-'));
  try {
    execFileSync('git', ['init', '-q'], { cwd: root });
    writeFileSync(join(root, 'clean.ts'), 'export const a = 1;\n');
    execFileSync('git', ['add', '.'], { cwd: root });
    const { signal } = new AbortController();
    expect(await scanTrackedFiles(root, signal)).toMatchObject({ failed: 0, note: '1 files' });
    writeFileSync(join(root, 'leak.ts'), `// \nconst key = '${secrets[1]}';\n`);
    execFileSync('git', ['add', '.'], { cwd: root });
    const found = await scanTrackedFiles(root, signal);
    expect(found).toMatchObject({ failed: 1, output: expect.stringContaining('leak.ts:2') as string });
    expect(found.output).not.toContain(secrets[1]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

it('says that dependencies were not checked where the registry is away, and fails on a hole', () => {
  expect(judgeAudit(1, '{"message":"request to https://registry.npmjs.org failed"}')).toMatchObject({
    failed: 0,
    note: expect.stringContaining('NOT CHECKED') as string,
  });
  const report = (high: number): string =>
    JSON.stringify({ metadata: { vulnerabilities: { info: 0, high, total: high } } });
  expect(judgeAudit(0, report(0))).toMatchObject({ failed: 0 });
  expect(judgeAudit(1, report(2))).toMatchObject({
    failed: 1,
    output: expect.stringContaining('"high":2') as string,
  });
});
