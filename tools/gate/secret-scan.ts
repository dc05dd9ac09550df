import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { runCommand } from './command.ts';
import type { StepResult } from './runner.ts';

/** A secret that was found: where, and of what kind; never the secret itself. */
export interface FoundSecret {
  readonly line: number;
  readonly kind: string;
}

/** Shapes that only secrets have. A letter stands for itself in brackets where the pattern would otherwise find itself. */
const shapes: readonly (readonly [kind: string, shape: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----\s*\\?n?[A-Za-z0-9+/=]{40}/g],
  ['a key of AWS', /(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Z0-9])/g],
  ['a key of Google', /(?<![\w-])AIza[\w-]{35}(?![\w-])/g],
  ['a token of GitHub', /(?<!\w)(?:gh[opurs]_[A-Za-z0-9]{36}|github_pat_\w{60,})/g],
  ['a token of GitLab', /(?<![\w-])glpat-[\w-]{20,}/g],
  ['a token of npm', /(?<!\w)npm_[A-Za-z0-9]{36}/g],
  ['a token of Slack', /(?<!\w)xox[abprs]-\d{8,}-[\w-]{20,}/g],
  ['a key of a model provider', /(?<![\w-])sk-(?:ant-|proj-)?[A-Za-z0-9_-]{40,}/g],
  ['a token (JWT)', /(?<![\w-])eyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{32,}/g],
];

/** Files that may hold what looks like a secret, and why. */
const allowed: Readonly<Record<string, string>> = {};

/** What looks like a secret in a text. */
export function findSecrets(text: string): readonly FoundSecret[] {
  return shapes.flatMap(([kind, shape]) =>
    [...text.matchAll(shape)].map((match) => ({ kind, line: text.slice(0, match.index).split('\n').length })),
  );
}

/** Looks for secrets in every file that git tracks under `root`. */
export async function scanTrackedFiles(root: string, signal: AbortSignal): Promise<StepResult> {
  const listed = await runCommand('git', ['ls-files', '-z'], { cwd: root, signal });
  const paths = listed.output.split('\0').filter((path) => path !== '' && !(path in allowed));
  if (listed.exitCode !== 0 || paths.length === 0) {
    return { passed: 0, failed: 1, output: `git ls-files named no files: ${listed.output}` };
  }
  const found = paths.flatMap((path) =>
    findSecrets(readText(join(root, path))).map(({ line, kind }) => `${path}:${line} looks like ${kind}`),
  );
  if (found.length === 0) return { passed: 1, failed: 0, note: `${paths.length} files` };
  return {
    passed: 0,
    failed: 1,
    output: [
      ...found,
      'Remove it and revoke it; what only looks like one is named in tools/gate/secret-scan.ts, with a reason.',
    ].join('\n'),
  };
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path);
    // Pictures and archives are no text.
    return bytes.subarray(0, 8_000).includes(0) ? '' : bytes.toString('utf8');
  } catch {
    // Tracked, and deleted in the working tree.
    return '';
  }
}
