import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import type { Followed } from '../log/index.ts';
import { createRaptorMini, readRaptorConfig, type RaptorMini } from './create-raptor-mini.ts';

let directory: string;
let mini: RaptorMini;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'raptor-mini-'));
  mini = createRaptorMini({ directory });
});
afterEach(async () => {
  await mini.stop();
  rmSync(directory, { recursive: true, force: true });
});

function configure(text: string): string {
  mkdirSync(join(directory, 'config'), { recursive: true });
  const file = join(directory, 'config', 'raptor.ini');
  writeFileSync(file, text);
  return file;
}

const read = (): string => readFileSync(join(directory, 'logs', 'raptor.log'), 'utf8');

function fail(): never {
  throw new TypeError('The wing is broken.');
}

describe('Raptor Mini', () => {
  it('starts and stops as often as it is told to, and says so in its log', async () => {
    expect(mini.status()).toMatchObject({ running: false, configFile: null });
    await Promise.all([mini.start(), mini.start()]);
    expect(mini.status()).toMatchObject({ running: true, host: { running: true }, log: { writing: true } });
    await mini.stop();
    await mini.stop();
    expect(mini.status()).toMatchObject({ running: false, host: undefined });
    await mini.start();
    await mini.stop();
    const states = [...read().matchAll(/RAPTOR MINI (ONLINE|OFFLINE)/gu)].map(([, state]) => state);
    expect(states).toEqual(['ONLINE', 'OFFLINE', 'ONLINE', 'OFFLINE']);
  });

  it('says that it is offline behind the last performance line, and nothing after it', async () => {
    const clock = createFakeClock();
    const watched = createRaptorMini({ directory }, { clock });
    await watched.start();
    // A line each second, and the samples of half a second that are left for the last one.
    await clock.advance(1_700);
    await watched.stop();
    const said = read()
      .trimEnd()
      .split('\n')
      .map((line) => /RAPTOR (?:PERF|MINI \w+)/u.exec(line)?.[0]);
    expect(said).toEqual(['RAPTOR MINI ONLINE', 'RAPTOR PERF', 'RAPTOR PERF', 'RAPTOR MINI OFFLINE']);
  });

  it('samples the host, keeps what it saw, and hands it on', async () => {
    const seen: number[] = [];
    const watched = createRaptorMini({ directory }, { onSample: ({ at }) => void seen.push(at) });
    await watched.start();
    try {
      await vi.waitFor(() => expect(watched.samples(10).length).toBeGreaterThan(1), 10_000);
      expect(seen.length).toBeGreaterThanOrEqual(watched.samples().length);
      expect((await watched.sample()).memory?.percent).toBeGreaterThan(0);
      expect(watched.samples(1)).toEqual([watched.samples().at(-1)]);
    } finally {
      await watched.stop();
    }
    await expect(watched.sample()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(watched.processes()).rejects.toMatchObject({ code: 'unavailable' });
    expect(watched.samples().length).toBeGreaterThan(1);
  });

  it('reads its file at the start, and refuses one that cannot be used, naming the line', async () => {
    const file = configure('[logging]\nlevel = LOUD\n');
    await expect(mini.start()).rejects.toThrow(`${file}:2`);
    expect(mini.status().running).toBe(false);
    configure('[logging]\nlevel = WARNING\nfile = elsewhere.log\n');
    await mini.start();
    expect(mini.status()).toMatchObject({ running: true, configFile: file });
    await mini.stop();
    // ONLINE is of a lower level.
    expect(readFileSync(join(directory, 'elsewhere.log'), 'utf8')).toBe('');
  });

  it('refuses a file that was named and is not there, and reads none when told so', async () => {
    const named = createRaptorMini({ directory, configFile: 'nowhere.ini' });
    await expect(named.start()).rejects.toMatchObject({ code: 'not_found' });
    configure('[performance]\nsample_rate_ms = 60000\n');
    const builtIn = createRaptorMini({ directory, configFile: null });
    await builtIn.start();
    expect(builtIn.status().config.performance.sampleRateMs).toBe(200);
    await builtIn.stop();
    expect(readRaptorConfig({ directory }).performance.sampleRateMs).toBe(60_000);
  });

  it('goes over to a file that has changed, and keeps the present one when that cannot be used', async () => {
    await mini.start();
    configure('[performance]\nsample_rate_ms = 500\nenable_disk = false\n');
    await mini.reload();
    expect(mini.status()).toMatchObject({ running: true, host: { sampleRateMs: 500 } });
    expect((await mini.sample()).disk).toBeUndefined();
    configure('[performance]\nsample_rate_ms = often\n');
    await expect(mini.reload()).rejects.toMatchObject({ code: 'invalid_options' });
    expect(mini.status()).toMatchObject({ running: true, host: { sampleRateMs: 500 } });
  });

  it('logs what traced functions throw while it runs, and changes nothing of them', async () => {
    const traced = mini.trace(fail, 'flap');
    expect(traced).toThrow(TypeError);
    await mini.start();
    expect(traced).toThrow('The wing is broken.');
    await mini.stop();
    expect(read().match(/RAPTOR EXCEPTION: TypeError: The wing is broken\./gu)).toHaveLength(1);
  });

  it('traces nothing where the file says so', async () => {
    configure('[features]\ntrace_exceptions = false\n');
    await mini.start();
    expect(mini.trace(fail)).toThrow('The wing is broken.');
    await mini.stop();
    expect(read()).not.toContain('EXCEPTION');
  });

  it('shows values of arguments and every sample where the file asks for it', async () => {
    configure('[features]\nenable_dev_flags = true\n[performance]\nsample_rate_ms = 50\n');
    await mini.start();
    const traced = mini.trace((_plan: string): never => fail(), 'plan');
    expect(() => traced('north-by-northwest')).toThrow('The wing is broken.');
    await vi.waitFor(async () => {
      const lines = (await mini.tail({ lines: 1_000 })).split('\n');
      expect(lines.filter((line) => line.includes('RAPTOR PERF')).length).toBeGreaterThan(5);
    }, 10_000);
    await mini.stop();
    expect(read()).toContain('north-by-northwest');
  });

  it('gives the end of its log also while it does not run', async () => {
    expect(await mini.tail({ characters: 100 })).toBe('');
    await mini.start();
    expect(await mini.tail({ lines: 1 })).toContain('RAPTOR MINI ONLINE');
    await mini.stop();
    expect(await mini.tail({ lines: 5 })).toContain('RAPTOR MINI OFFLINE');
  });

  it('is followed over stops and starts, with each line once', async () => {
    const done = new AbortController();
    const lines: string[] = [];
    const note = (followed: Followed): void => {
      if (followed.kind === 'line' && followed.text.includes('RAPTOR MINI'))
        lines.push(followed.text.slice(24));
    };
    const following = (async () => {
      for await (const followed of mini.follow({ last: 10, signal: done.signal })) note(followed);
    })();
    for (let turn = 1; turn <= 2; turn += 1) {
      await mini.start();
      await vi.waitFor(() => expect(lines).toHaveLength(2 * turn - 1), 5_000);
      await mini.stop();
      await vi.waitFor(() => expect(lines).toHaveLength(2 * turn), 5_000);
    }
    done.abort();
    await following;
    const [online, offline] = ['INFO RAPTOR MINI ONLINE', 'INFO RAPTOR MINI OFFLINE'];
    expect(lines).toEqual([online, offline, online, offline]);
  });
});
