import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRaptorLog } from './create-log.ts';
import { linesATurn, linesHeldMax, type Followed } from './feed.ts';
import type { RaptorLog } from './log.ts';

let root = '';
let log: RaptorLog;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-follow-'));
  log = createRaptorLog({ file: join(root, 'raptor.log'), level: 'DEBUG' }, { clock: createFakeClock() });
  await log.start();
});
afterEach(async () => {
  await log.stop();
  rmSync(root, { recursive: true });
});

/** What a line says after its time and level; a notice as the number it tells. */
function said(item: Followed): string | number | null {
  if (item.kind === 'notice') return item.dropped;
  return item.text.startsWith(' ') ? item.text : item.text.split(' ').slice(3).join(' ');
}

async function take(lines: AsyncIterator<Followed>, count: number): Promise<(string | number | null)[]> {
  const taken: (string | number | null)[] = [];
  while (taken.length < count) {
    const { done, value } = (await lines.next()) as IteratorResult<Followed, undefined>;
    if (done) break;
    taken.push(said(value));
  }
  return taken;
}

describe('following the log', () => {
  it('gives every line from now on, without waiting for the file', async () => {
    log.info('before');
    const lines = log.follow();
    log.info('one');
    log.error('two');
    expect(await take(lines, 2)).toEqual(['one', 'two']);
    expect(log.report().bytes).toBe(Buffer.byteLength('2026-01-01 00:00:00,000 INFO before\n'));
  });

  it('begins with the last lines: none is missing and none comes twice', async () => {
    for (let line = 0; line < 10; line += 1) log.info(`${line}`);
    await log.flush();
    log.info('waiting');
    const lines = log.follow({ last: 3 });
    log.info('new');
    expect(await take(lines, 4)).toEqual(['8', '9', 'waiting', 'new']);
  });

  it('gives only what is bad enough and contains the text, with the stack of what it gives', async () => {
    const lines = log.follow({ level: 'WARNING', text: 'BOOM' });
    const all = log.follow({ level: 'ERROR' });
    log.info('boom, but harmless');
    log.warning('nothing');
    log.exception(
      Object.assign(new RangeError('boom'), { stack: 'RangeError: boom\n    at one\n    at two' }),
    );
    log.error('other\nboom inside');
    const stack = ['    at one', '    at two'];
    expect(await take(lines, 4)).toEqual(['RAPTOR EXCEPTION: RangeError: boom', ...stack, '    boom inside']);
    expect(await take(all, 5)).toEqual([
      'RAPTOR EXCEPTION: RangeError: boom',
      ...stack,
      'other',
      '    boom inside',
    ]);
  });

  it('masks what followers see', async () => {
    const lines = log.follow();
    log.info('token=abcdefgh');
    expect(await take(lines, 1)).toEqual(['token=[masked]']);
    await log.flush();
    expect(await log.tail({ lines: 1 })).toContain('token=[masked]\n');
  });

  it('tells a slow follower how many lines it missed, and goes on with the oldest that is kept', async () => {
    const slow = log.follow();
    const other = log.follow();
    log.info('first');
    expect(await take(slow, 1)).toEqual(['first']);
    for (let line = 0; line < linesHeldMax + 500; line += 1) log.info(`${line}`);
    await log.flush();
    expect(await take(slow, 3)).toEqual([500, '500', '501']);
    const rest = await take(slow, linesHeldMax - 2);
    expect(rest.at(-1)).toBe(`${linesHeldMax + 499}`);
    // It missed the first one, too.
    expect(await take(other, 1)).toEqual([501]);
  });

  it('keeps nothing that everybody has read, however slow one was before', async () => {
    const [one, two] = [log.follow(), log.follow()];
    for (let round = 0; round < 3; round += 1) {
      for (let line = 0; line < linesHeldMax - 2_000; line += 1) log.info(`${line}`);
      await log.flush();
      const all = Array.from({ length: linesHeldMax - 2_000 }, (_, at) => `${at}`);
      expect(await take(one, all.length)).toEqual(all);
      expect(await take(two, all.length)).toEqual(all);
    }
  });

  it('keeps few characters for slow followers when lines are long', async () => {
    const slow = log.follow();
    for (let line = 0; line < 400; line += 1) log.info(`${line} ${'x'.repeat(30_000)}`);
    await log.flush();
    const [missed, oldest] = await take(slow, 2);
    expect(missed).toBeGreaterThan(50);
    expect(`${oldest}`.split(' ')[0]).toBe(`${missed}`);
  });

  it('ends with the signal, with the loop that reads it, and with the log', async () => {
    const abort = new AbortController();
    const signalled = log.follow({ signal: abort.signal });
    const pending = signalled.next();
    abort.abort();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await signalled.next()).toEqual({ done: true, value: undefined });

    log.info('x');
    const broken = log.follow({ last: 1 });
    for await (const line of broken) {
      expect(said(line)).toBe('x');
      break;
    }
    expect(log.report().followers).toBe(0);

    const rest = log.follow();
    log.info('last words');
    await log.stop();
    expect(await take(rest, 2)).toEqual(['last words']);
  });

  it('answers calls that do not wait for each other in order', async () => {
    const lines = log.follow();
    const results = Array.from({ length: 3 }, () => take(lines, 1));
    for (const word of ['a', 'b', 'c']) log.info(word);
    expect(await Promise.all(results)).toEqual([['a'], ['b'], ['c']]);
  });

  it('lets others have their turn while it reads much at once', async () => {
    const lines = log.follow();
    for (let line = 0; line < 5_000; line += 1) log.info(`${line}`);
    let turns = 0;
    let reading = true;
    const count = (): void => {
      turns += 1;
      if (reading) setImmediate(count);
    };
    setImmediate(count);
    await take(lines, 5_000);
    reading = false;
    expect(turns).toBeGreaterThanOrEqual(20);
  });

  it.for([
    { what: 'what is new', followers: 60, last: 0, lines: 400 },
    { what: 'what was there before', followers: 2, last: 10_000, lines: 10_000 },
  ])(
    'hands on no more than so many lines a turn, however many followers want $what',
    async ({ followers, last, lines }) => {
      const write = (): void => {
        for (let line = 0; line < lines; line += 1) log.info(`${line}`);
      };
      if (last > 0) write();
      let read = 0;
      const following = Array.from({ length: followers }, async () => {
        let own = 0;
        for await (const item of log.follow({ last })) {
          expect(said(item)).toBe(`${own}`);
          read += 1;
          own += 1;
          if (own === lines) break;
        }
      });
      await turn();
      if (last === 0) write();
      let [before, most] = [read, 0];
      for (;;) {
        await turn();
        most = Math.max(most, read - before);
        before = read;
        if (read === lines * followers) break;
      }
      await Promise.all(following);
      expect(most).toBeLessThanOrEqual(linesATurn * 10);
    },
  );

  it('refuses what it cannot do', async () => {
    expect(() => log.follow({ last: 50_001 })).toThrow('last');
    expect(() => log.follow({ level: 'LOUD' as 'INFO' })).toThrow('level');
    const many = Array.from({ length: 1_000 }, () => log.follow());
    expect(() => log.follow()).toThrow('1000 followers');
    for (const each of many) await each.return?.();
    expect(log.report().followers).toBe(0);
  });
});
