import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeDirectory } from './make-directory.ts';

describe('making a directory', () => {
  const place = mkdtempSync(join(tmpdir(), 'raptorflow-directory-'));
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  it('makes what is missing above it, for the owner alone, and minds none that is there', () => {
    const path = join(place, 'a', 'b', 'c');
    makeDirectory(path);
    makeDirectory(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('throws where the system makes none, instead of trying for ever', () => {
    // Where there is no /proc, the root is not ours to write to, or is read-only.
    expect(() => makeDirectory('/proc/raptorflow/home')).toThrow(/ENOENT|EACCES|EPERM|EROFS/);
  });

  it('throws when a file is in its place or above it', () => {
    makeDirectory(place);
    writeFileSync(join(place, 'file'), '');
    expect(() => makeDirectory(join(place, 'file'))).toThrow(/EEXIST/);
    expect(() => makeDirectory(join(place, 'file', 'below'))).toThrow(/ENOTDIR|EEXIST/);
  });
});
