import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory, private to its owner, and those above it that are missing. Throws what the file system says.
 * Level by level, because Node's recursive `mkdir` never returns below `/proc` (nodejs/node: it takes ENOENT for a missing parent).
 */
export function makeDirectory(path: string): void {
  const missing: string[] = [];
  for (let level = resolve(path); !existsSync(level); level = dirname(level)) missing.unshift(level);
  for (const level of missing) {
    try {
      mkdirSync(level, { mode: 0o700 });
    } catch (error) {
      // Another process may have been faster.
      if (!isDirectory(level)) throw error;
    }
  }
  // A file in the place of the directory is refused as a system that makes it would refuse it.
  if (!isDirectory(path)) mkdirSync(path);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
