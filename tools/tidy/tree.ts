import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { SourceFile } from './source.ts';

/** A workspace package: its folder, its name and the source file behind each public door. */
export interface WorkspacePackage {
  /** `packages/raptorflow` */
  readonly folder: string;
  readonly name: string;
  /** `.` or `./bus` → `packages/raptorflow/src/bus/index.ts` */
  readonly doors: ReadonlyMap<string, string>;
}

/** What tidy looks at: the files of a checkout, parsed, without build outputs and dependencies. */
export interface Tree {
  readonly root: string;
  /** Every file's path, relative to the root, with forward slashes, sorted. */
  readonly paths: readonly string[];
  /** Every folder's path, sorted. */
  readonly folders: readonly string[];
  readonly sources: readonly SourceFile[];
  readonly packages: readonly WorkspacePackage[];
  readonly has: (path: string) => boolean;
  readonly read: (path: string) => string;
}

const ignoredFolders = new Set(['node_modules', 'dist', '.git', '.raptorflow', 'coverage', 'tmp', '.vite']);
const sourceName = /\.(?:[cm]?ts|tsx|[cm]?js|jsx)$/;

/** Reads and parses a checkout. */
export function readTree(root: string): Tree {
  const paths: string[] = [];
  const folders: string[] = [];
  walk(root, '', paths, folders);
  paths.sort();
  folders.sort();
  const known = new Set([...paths, ...folders]);
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const sources = paths
    .filter((path) => sourceName.test(path))
    .map((path) => new SourceFile(path, read(path)));
  const packages = paths
    .filter((path) => /^packages\/[^/]+\/package\.json$/.test(path))
    .map((path) => readPackage(path, read(path)));
  return { root, paths, folders, sources, packages, read, has: (path) => known.has(path) };
}

function walk(root: string, folder: string, paths: string[], folders: string[]): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (ignoredFolders.has(entry.name)) continue;
      folders.push(path);
      walk(root, path, paths, folders);
    } else if (
      entry.isFile() ||
      (entry.isSymbolicLink() && existsSync(join(root, path)) && statSync(join(root, path)).isFile())
    ) {
      paths.push(path);
    }
  }
}

function readPackage(path: string, text: string): WorkspacePackage {
  const folder = path.slice(0, -'/package.json'.length);
  const manifest: unknown = JSON.parse(text);
  const doors = new Map<string, string>();
  const entries = property(manifest, 'exports');
  if (typeof entries === 'object' && entries !== null) {
    for (const [door, target] of Object.entries(entries)) {
      const source = property(target, '@raptorflow/source');
      if (typeof source === 'string') doors.set(door, `${folder}/${source.replace(/^\.\//, '')}`);
    }
  }
  return { folder, name: String(property(manifest, 'name')), doors };
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}
