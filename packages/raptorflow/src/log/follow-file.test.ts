import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Followed, FollowOptions } from './feed.ts';
import { followFile } from './follow-file.ts';

let root = '';
let file = '';
let abort = new AbortController();
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-follow-file-'));
  file = join(root, 'raptor.log');
  abort = new AbortController();
});
afterEach(() => {
  abort.abort();
  rmSync(root, { recursive: true });
});

const follow = (options: FollowOptions = {}): AsyncIterator<Followed> =>
  followFile(file, { ...options, signal: abort.signal });

async function take(lines: AsyncIterator<Followed>, count: number): Promise<(string | null)[]> {
  const taken: (string | null)[] = [];
  while (taken.length < count) {
    const { done, value } = (await lines.next()) as IteratorResult<Followed, undefined>;
    if (done) break;
    taken.push(value.kind === 'line' ? value.text : value.dropped === null ? null : `${value.dropped}`);
  }
  return taken;
}

describe('following the file of another process', () => {
  it('gives whole lines as they are written, however they arrive', async () => {
    writeFileSync(file, 'old\n');
    const lines = follow();
    const first = take(lines, 2);
    const bytes = Buffer.from('zwölf\n😀 next\nun');
    for (const byte of bytes) {
      await new Promise((resolve) => setImmediate(resolve));
      appendFileSync(file, Buffer.of(byte));
    }
    expect(await first).toEqual(['zwölf', '😀 next']);
    const second = take(lines, 1);
    appendFileSync(file, 'finished\n');
    expect(await second).toEqual(['unfinished']);
  });

  it('begins with the last lines, and a line that is being written comes whole and once', async () => {
    writeFileSync(`${file}.3.gz`, gzipSync('a\n'));
    writeFileSync(file, 'b\nc\nd');
    const lines = follow({ last: 3 });
    expect(await take(lines, 3)).toEqual(['a', 'b', 'c']);
    appendFileSync(file, '!\n');
    expect(await take(lines, 1)).toEqual(['d!']);
  });

  it('waits for a file that is not there yet', async () => {
    const lines = follow();
    const first = take(lines, 1);
    await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(file, 'made\n');
    expect(await first).toEqual(['made']);
  });

  it('goes on over rotations, also over several at once, and says when lines are gone', async () => {
    writeFileSync(file, '');
    const lines = follow();
    const first = take(lines, 1);
    await new Promise((resolve) => setImmediate(resolve));
    appendFileSync(file, 'one\n');
    expect(await first).toEqual(['one']);
    appendFileSync(file, 'two\n');
    renameSync(file, `${file}.1`);
    writeFileSync(`${file}.2.gz`, gzipSync('three\n'));
    writeFileSync(`${file}.3`, 'four\n');
    writeFileSync(file, 'five\n');
    expect(await take(lines, 4)).toEqual(['two', 'three', 'four', 'five']);
    renameSync(file, `${file}.4`);
    writeFileSync(`${file}.6`, 'seven\n');
    writeFileSync(file, 'eight\n');
    expect(await take(lines, 3)).toEqual([null, 'seven', 'eight']);
  });

  it('misses nothing when the first file is rotated before it was seen', async () => {
    const lines = follow();
    const first = take(lines, 2);
    await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(`${file}.1`, 'one\n');
    writeFileSync(file, 'two\n');
    expect(await first).toEqual(['one', 'two']);
  });

  it('begins anew when the file is emptied', async () => {
    writeFileSync(file, 'a long line from before\n');
    const lines = follow({ last: 1 });
    await take(lines, 1);
    const cut = take(lines, 1);
    appendFileSync(file, 'next\nthis is never finished');
    expect(await cut).toEqual(['next']);
    const next = take(lines, 1);
    truncateSync(file, 0);
    // The watcher tells of both changes, maybe at once: the file is shorter in any case.
    appendFileSync(file, 'new\n');
    expect(await next).toEqual(['new']);
  });

  it('gives only what is asked for, and ends with the signal', async () => {
    writeFileSync(
      file,
      [
        '2025-01-15 14:30:12,547 INFO boom',
        '2025-01-15 14:30:12,547 ERROR RAPTOR EXCEPTION: TypeError: Boom',
        '    at one',
        '2025-01-15 14:30:12,547 ERROR other',
        '',
      ].join('\n'),
    );
    const lines = follow({ level: 'ERROR', text: 'boom', last: 4 });
    expect(await take(lines, 2)).toEqual([
      '2025-01-15 14:30:12,547 ERROR RAPTOR EXCEPTION: TypeError: Boom',
      '    at one',
    ]);
    const pending = lines.next();
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  it('refuses what it cannot do', async () => {
    expect(() => followFile(file, { last: -1 })).toThrow('last');
    await expect(followFile(join(root, 'no', 'raptor.log')).next()).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
