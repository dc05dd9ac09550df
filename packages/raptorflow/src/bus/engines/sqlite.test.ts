import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIds, seededRandom } from '../../kernel/index.ts';
import { createFakeClock, trackHandles } from '../../kernel/testing/index.ts';
import { createBus } from '../create-bus.ts';
import { busEngineContract } from '../contract-suite/index.ts';
import { sqliteEngine } from './sqlite.ts';

const inMemory = { engine: () => sqliteEngine({ path: ':memory:' }) };

// The same contract on disk, crashes included, is checked in test/bus-sqlite.test.ts.
busEngineContract(
  'sqlite in memory',
  async () => ({ engine: inMemory.engine(), dispose: async () => undefined }),
  { durable: false, crashes: false },
);

describe('the SQLite engine', () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'raptorflow-bus-'));
    path = join(directory, 'bus.db');
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('refuses options that it does not know', () => {
    expect(() => sqliteEngine({ path: '' })).toThrow(expect.objectContaining({ code: 'invalid_options' }));
    expect(() => sqliteEngine({ path, durability: 'maybe' as 'fsync' })).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    );
  });

  it('lets one process have the file, and tells the second one who has it', async () => {
    const first = createBus({ engine: sqliteEngine({ path }) });
    await first.start();
    const second = createBus({ engine: sqliteEngine({ path }) });
    await expect(second.start()).rejects.toMatchObject({
      code: 'directory_locked',
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
    expect(second.state).toBe('failed');
    await first.stop();
    const third = createBus({ engine: sqliteEngine({ path }) });
    await third.start();
    await third.stop();
  });

  it('serves one bus only', async () => {
    const engine = inMemory.engine();
    const bus = createBus({ engine });
    await bus.start();
    await expect(createBus({ engine }).start()).rejects.toMatchObject({ code: 'conflict' });
    await bus.stop();
  });

  it.each([
    ['fsync', 'loss of power'],
    ['process', 'kill -9'],
  ] as const)('says what %s survives', async (durability, words) => {
    const bus = createBus({ engine: sqliteEngine({ path, durability }) });
    await bus.start();
    const health = await bus.health();
    expect(health).toMatchObject({ engine: 'sqlite', durability });
    expect(health.survives).toContain(words);
    expect(health.storedBytes).toBeGreaterThan(0);
    await bus.stop();
  });

  it('says honestly that memory ends with the process', async () => {
    const bus = createBus({ engine: inMemory.engine() });
    await bus.start();
    expect(await bus.health()).toMatchObject({
      durability: 'memory',
      survives: 'Events are held in memory and end with the process.',
    });
    await bus.stop();
  });

  it('stores an event once although its id, made twice, is said to be new', async () => {
    // Both buses make the same ids.
    const open = async (): Promise<ReturnType<typeof createBus>> => {
      const clock = createFakeClock();
      const ids = createIds({ clock, random: seededRandom(1) });
      const bus = createBus({ engine: sqliteEngine({ path }) }, { clock, ids });
      await bus.start();
      return bus;
    };
    const publish = (bus: Awaited<ReturnType<typeof open>>, count: number): Promise<string[]> =>
      Promise.all(
        Array.from({ length: count }, (_, n) => bus.publish('lab.a', { type: 't', payload: { n } })),
      );
    const first = await open();
    const before = await publish(first, 5);
    await first.stop();
    const second = await open();
    const after = await publish(second, 40);
    expect(after.slice(0, 5)).toEqual(before);
    expect((await second.health()).events).toBe(40);
    expect(second.metrics().deduplicated).toBe(5);
    expect(await second.publish('lab.a', { type: 't' })).toMatch(/^evt_/);
    expect((await second.health()).events).toBe(41);
    await second.stop();
  });

  it('leaves nothing running after a stop, on disk and in memory', async () => {
    for (const engine of [sqliteEngine({ path }), inMemory.engine()]) {
      const watch = trackHandles();
      const bus = createBus({ engine });
      await bus.start();
      await bus.subscribe('lab.*', () => undefined, { group: 'team' });
      await bus.publish('lab.a', { type: 'test.event' });
      await bus.stop();
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      expect(watch.leaks()).toEqual([]);
    }
  });

  it('cannot be opened where a directory is missing a writer', async () => {
    const bus = createBus({
      engine: sqliteEngine({ path: join(directory, 'no', 'such', '\0bad', 'bus.db') }),
    });
    await expect(bus.start()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('keeps its files to their owner’s directory and removes the notes of a proper stop', async () => {
    const bus = createBus({ engine: sqliteEngine({ path }) });
    await bus.start();
    expect(statSync(`${path}-begun`).mode & 0o777).toBe(0o600);
    await bus.stop();
    expect(existsSync(`${path}-begun`)).toBe(false);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });
});
