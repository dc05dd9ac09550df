import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createFakeClock, trackHandles, type FakeClock } from 'raptorflow/kernel/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRaptorLog } from './create-log.ts';
import type { RaptorLog } from './log.ts';
import type { RaptorLogOptions } from './options.ts';

let root = '';
let file = '';
let clock: FakeClock;
let elsewhere = '';
let open: RaptorLog[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-log-'));
  file = join(root, 'logs', 'raptor.log');
  clock = createFakeClock(Date.UTC(2025, 0, 15, 14, 30, 12, 547));
  elsewhere = '';
  open = [];
});
afterEach(async () => {
  for (const log of open) await log.stop();
  rmSync(root, { recursive: true });
});

async function start(options: Partial<RaptorLogOptions> = {}): Promise<RaptorLog> {
  const fallback = (lines: Uint8Array): void => {
    elsewhere += Buffer.from(lines).toString();
  };
  const log = createRaptorLog({ file, ...options }, { clock, fallback });
  open.push(log);
  await log.start();
  return log;
}

const read = (): string => readFileSync(file, 'utf8');

/** Everything that is in the log and its rotated files, the oldest first. */
function readAll(): string {
  const folder = join(root, 'logs');
  const numbered = readdirSync(folder)
    .map((name) => ({
      name,
      number: Number(/\.(\d+)(?:\.gz)?$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY),
    }))
    .sort((a, b) => a.number - b.number);
  return numbered
    .map(({ name }) => readFileSync(join(folder, name)))
    .map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString())
    .join('');
}

describe('the log', () => {
  it('writes plain lines with the time in UTC, the level and the message, in order', async () => {
    const log = await start({ level: 'DEBUG' });
    log.online();
    log.debug('a');
    await clock.advance(1_453);
    log.info('b');
    log.warning('c');
    log.error('d');
    await log.flush();
    expect(read()).toBe(
      [
        '2025-01-15 14:30:12,547 INFO RAPTOR MINI ONLINE',
        '2025-01-15 14:30:12,547 DEBUG a',
        '2025-01-15 14:30:14,000 INFO b',
        '2025-01-15 14:30:14,000 WARNING c',
        '2025-01-15 14:30:14,000 ERROR d',
        '',
      ].join('\n'),
    );
  });

  it('leaves out what is below its level, which can be changed while it runs', async () => {
    const log = await start({ level: 'WARNING' });
    log.info('no');
    log.warning('yes');
    log.configure({ file, level: 'ERROR' });
    log.warning('no');
    log.error('yes');
    expect(() => log.configure({ file, level: 'LOUD' as 'INFO' })).toThrow('level');
    log.warning('no');
    await log.flush();
    expect(read().match(/yes/g)).toHaveLength(2);
    expect(read()).not.toContain('no');
  });

  it('hands lines to the file after flushEveryMs, and sooner when there are many', async () => {
    const log = await start({ flushEveryMs: 200 });
    log.info('one');
    await clock.advance(199);
    expect(read()).toBe('');
    await clock.advance(1);
    await log.flush();
    expect(read()).toContain('one');
    // An idle log costs nothing.
    expect(clock.pending).toBe(0);
    for (let line = 0; line < 1_000; line += 1) log.info('x'.repeat(100));
    await clock.advance(0);
    await expect.poll(() => read().length).toBeGreaterThan(60_000);
  });

  it('waits for the file when more lines come than the buffer takes, and keeps their order', async () => {
    const log = await start({ bufferBytesMax: 100_000 });
    for (let line = 0; line < 20_000; line += 1) log.info(`${line}.`);
    // Nothing has let the event loop turn: all but the last lines are there.
    expect(read().length).toBeGreaterThan(500_000);
    await log.flush();
    const numbers = read()
      .trimEnd()
      .split('\n')
      .map((line) => Number(line.split(' ')[3]));
    expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, at) => at));
  });

  it('keeps lines from before the start, and what comes after the stop goes elsewhere', async () => {
    const log = createRaptorLog(
      { file },
      { clock, fallback: (lines) => (elsewhere += Buffer.from(lines).toString()) },
    );
    log.info('before');
    await log.start();
    log.info('while');
    await log.stop();
    log.info('after');
    expect(read()).toContain('before');
    expect(read()).toContain('while');
    expect(elsewhere).toContain('INFO after\n');
    expect(log.report()).toMatchObject({ lines: 3, diverted: 1, dropped: 0 });
  });

  it('masks secrets before they reach the file', async () => {
    const log = await start();
    log.info('harmless');
    log.info('connecting to postgres://raptor:hunter22@db/x');
    log.info('key -----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----');
    await log.flush();
    expect(read()).toContain('postgres://raptor:[masked]@db/x');
    expect(read()).not.toMatch(/hunter22|MIIEvQIBADAN/);
    expect(read()).toContain('harmless');
  });

  it('writes an exception with what is known about the call, its stack indented, and those of its causes', async () => {
    const log = await start();
    const cause = new RangeError('out of money');
    log.exception(new TypeError('boom\nand more', { cause }), {
      name: 'charge',
      durationMs: 12.5,
      correlationId: 'req_1',
    });
    await log.flush();
    const [first = '', second = '', third = '', ...rest] = read().split('\n');
    expect(first).toBe(
      '2025-01-15 14:30:12,547 ERROR RAPTOR EXCEPTION: TypeError: boom | in charge() | after 12.5 ms | correlation req_1',
    );
    expect(second).toBe('    and more');
    expect(third).toMatch(/^ {4}at .*create-log\.test\.ts/);
    expect(rest).toContain('    caused by: RangeError: out of money');
  });

  it('takes whatever is thrown', async () => {
    const log = await start();
    const hostile = {
      get message(): string {
        throw cause;
      },
    };
    const cause = new RangeError('no');
    for (const thrown of [undefined, null, 'text', 7n, Symbol('s'), hostile, Object.create(null)])
      log.exception(thrown);
    log.info(Symbol('not text') as unknown as string);
    await log.flush();
    expect(read().match(/RAPTOR EXCEPTION/g)).toHaveLength(7);
  });

  it('thins performance lines to one a second with the means, and writes each when asked', async () => {
    const log = await start();
    for (let sample = 0; sample < 11; sample += 1) {
      log.perf({ cpuPercent: sample * 10, memoryPercent: 45.6 });
      await clock.advance(200);
    }
    await log.flush();
    expect(read()).toBe(
      [
        '2025-01-15 14:30:13,547 INFO RAPTOR PERF: CPU: 20.0% | MEM: 45.6%',
        '2025-01-15 14:30:14,547 INFO RAPTOR PERF: CPU: 70.0% | MEM: 45.6%',
        '',
      ].join('\n'),
    );
    log.configure({ file, everySample: true });
    log.perf({ cpuPercent: 12.34, gpuPercent: null, diskBytesPerSecond: 2_500_000 });
    await log.flush();
    expect(read()).toContain('RAPTOR PERF: CPU: 12.3% | DISK: 2.5 MB/s\n');
  });

  it('says that the monitor is offline behind the performance line of what came before', async () => {
    const log = await start();
    log.perf({ cpuPercent: 12.3, memoryPercent: 45.6 });
    log.offline();
    await log.stop();
    expect(read()).toBe(
      [
        '2025-01-15 14:30:12,547 INFO RAPTOR PERF: CPU: 12.3% | MEM: 45.6%',
        '2025-01-15 14:30:12,547 INFO RAPTOR MINI OFFLINE',
        '',
      ].join('\n'),
    );
  });

  it('leaves nothing behind when it stops', async () => {
    const handles = trackHandles();
    const listeners = process.listenerCount('exit');
    const log = await start();
    log.info('x');
    await log.stop();
    await log.stop();
    expect(clock.pending).toBe(0);
    expect(process.listenerCount('exit')).toBe(listeners);
    expect(handles.leaks()).toEqual([]);
  });

  it('refuses options that it does not know', () => {
    expect(() => createRaptorLog({ file, maxSizeMb: -1 })).toThrow('maxSizeMb');
    expect(() => createRaptorLog({ file: '' })).toThrow('file');
  });
});

describe('rotation', () => {
  const small = { maxSizeMb: 0.01, keepFiles: 3 };

  it('keeps every file within its size, and loses no line', async () => {
    const log = await start({ ...small, keepFiles: 100 });
    for (let line = 0; line < 3_000; line += 1) log.info(`line ${line}.`);
    await log.flush();
    await log.stop();
    const numbers = [...readAll().matchAll(/line (\d+)\./g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: 3_000 }, (_, at) => at));
    expect(log.report().rotations).toBe(readdirSync(join(root, 'logs')).length - 1);
    expect(log.report().rotations).toBeGreaterThan(8);
    for (const name of readdirSync(join(root, 'logs'))) {
      const bytes = readFileSync(join(root, 'logs', name));
      expect((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).length).toBeLessThanOrEqual(10_485);
    }
  });

  it('bounds the disk also while the program does not let the event loop turn', async () => {
    const log = await start({ ...small, bufferBytesMax: 20_000 });
    for (let line = 0; line < 5_000; line += 1) log.info(`line ${line}`);
    expect(readdirSync(join(root, 'logs')).length).toBeLessThanOrEqual(6);
    await log.stop();
    expect(readdirSync(join(root, 'logs')).length).toBeLessThanOrEqual(4);
    expect(read().trimEnd().endsWith('line 4999')).toBe(true);
  });

  it('begins a new file when the first line is too old, also one from a process before', async () => {
    const first = await start({ maxAgeDays: 1 });
    first.info('old');
    await first.stop();
    await clock.advance(86_400_000);
    const second = await start({ maxAgeDays: 1 });
    second.info('new');
    await second.flush();
    expect(read()).toMatch(/^2025-01-16 14:30:12,547 INFO new\n$/);
    expect(second.report().rotations).toBe(1);
  });

  it('goes on in a new file when others move, remove or empty the present one', async () => {
    const log = await start();
    log.info('one');
    await log.flush();
    renameSync(file, `${file}.moved`);
    log.info('two');
    await log.flush();
    expect(read()).toMatch(/^[^\n]*two\n$/);
    rmSync(file);
    log.info('three');
    await log.flush();
    writeFileSync(file, '');
    log.info('four');
    await log.flush();
    expect(read()).toMatch(/^[^\n]*four\n$/);
    writeFileSync(file, 'of another program\n', { flag: 'a' });
    log.info('five');
    await log.flush();
    expect(read()).toMatch(/four\nof another program\n[^\n]*five\n$/);
  });

  it('ends a line that a process before has cut', async () => {
    mkdirSync(join(root, 'logs'));
    writeFileSync(file, '2025-01-15 14:30:12,547 INFO cu');
    const log = await start();
    log.info('whole');
    await log.flush();
    expect(read()).toMatch(/INFO cu\n2025[^\n]*whole\n$/);
  });

  it('goes over to another file when it is told so, without losing a line', async () => {
    const log = await start();
    log.info('first');
    const other = join(root, 'other.log');
    log.configure({ file: other });
    log.info('second');
    await log.flush();
    expect(read()).toContain('first');
    expect(readFileSync(other, 'utf8')).toMatch(/^[^\n]*second\n$/);
  });
});

describe('a file that cannot be written', () => {
  it('sends lines elsewhere with one warning, is tried again, and then says what is missing', async () => {
    const blocked = join(root, 'logs');
    writeFileSync(blocked, 'a file where the folder should be');
    const log = await start();
    log.info('one');
    await log.flush();
    await clock.advance(500);
    log.info('two');
    await log.flush();
    expect(elsewhere.match(/WARNING RAPTOR LOG: .* cannot be written \(E/g)).toHaveLength(1);
    expect(elsewhere).toMatch(/INFO one\n.*INFO two\n$/);
    expect(log.report()).toMatchObject({ lines: 2, diverted: 2, dropped: 0, writing: false });
    expect(log.report().lastTrouble?.code).toMatch(/^E(NOTDIR|EXIST)$/);

    rmSync(blocked);
    await clock.advance(500);
    log.info('three');
    await log.flush();
    expect(read()).toMatch(
      /WARNING RAPTOR LOG: 2 lines since 2025-01-15 14:30:12,547 went to standard error \(E.*\)\n.*INFO three\n$/,
    );
    expect(elsewhere).not.toContain('three');
    expect(log.report().writing).toBe(true);
  });

  it('is tried less and less often, at least every 30 s', async () => {
    writeFileSync(join(root, 'logs'), '');
    const log = await start();
    await clock.advance(1_000 + 2_000 + 4_000 + 8_000 + 16_000 + 30_000);
    for (let second = 0; second < 120; second += 1) {
      log.info('waiting');
      await log.flush();
      await clock.advance(1_000);
    }
    rmSync(join(root, 'logs'));
    for (let second = 0; second < 30; second += 1) {
      log.info('again');
      await log.flush();
      await clock.advance(1_000);
    }
    expect(read()).toContain('again');
    expect(elsewhere.match(/cannot be written/g)).toHaveLength(1);
  });

  it('never troubles the program, even when there is no place left, and counts what is lost', async () => {
    writeFileSync(join(root, 'logs'), '');
    const fallback = (): void => {
      throw new RangeError('standard error is closed');
    };
    const log = createRaptorLog({ file }, { clock, fallback });
    open.push(log);
    await log.start();
    log.info('lost');
    await log.flush();
    expect(log.report()).toMatchObject({ diverted: 0, dropped: 1 });
  });
});
