import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { formatFinding } from './rule.ts';
import type { Rule } from './rule.ts';
import { tidy } from './tidy.ts';

/** Writes the files into a temporary tree, asks the rules, removes the tree; answers the lines that would be printed. */
export async function findingsIn(
  files: Readonly<Record<string, string>>,
  ...rules: Rule[]
): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'tidy-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      const folder = path.endsWith('/') ? path : dirname(path);
      mkdirSync(join(root, folder), { recursive: true });
      if (folder !== path) writeFileSync(join(root, path), text);
    }
    const { findings } = await tidy(root, rules, []);
    return findings.map((finding) => formatFinding(finding));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The manifest of a library with the given rooms as public doors. */
export function libraryManifest(...rooms: string[]): string {
  return manifest(
    'raptorflow',
    rooms.map((room) => [`./${room}`, `./src/${room}/index.ts`]),
  );
}

/** The manifest of a package with one door. */
export function packageManifest(name: string): string {
  return manifest(name, [['.', './src/index.ts']]);
}

function manifest(name: string, doors: [door: string, source: string][]): string {
  return JSON.stringify({
    name,
    exports: Object.fromEntries(doors.map(([door, source]) => [door, { '@raptorflow/source': source }])),
  });
}
