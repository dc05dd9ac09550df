import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CleanupRecord, CleanupResult, CleanupStore } from '../index.ts';

/** A store in a test. */
export interface CleanupStoreUnderTest {
  readonly store: CleanupStore;
  /** Another store on the same content; the first one is closed by then. */
  reopen(): CleanupStore;
  /** A second store on the same content beside the first one, where several processes may use it. */
  readonly beside?: () => CleanupStore;
  dispose(): Promise<void>;
}

const keeping = { resultsMax: 5 };

const recordOf = (id: string, revision: number): CleanupRecord => ({
  definition: {
    id,
    name: `„${id}“ – 100 %`,
    description: '',
    action: 'resources.cleanup',
    parameters: { nested: { list: [1, 0.1 + 0.2, null, 'ü'] } },
    trigger: { kind: 'cron', pattern: '0 * * * *', timeZone: 'Europe/Berlin' },
    priority: 'medium',
    enabled: true,
    attempts: { timeoutMs: 300_000, retriesMax: 3, retryDelayMs: 30_000 },
    pace: { overlap: 'skip', concurrencyMax: 4, missed: 'run_once', runsOn: 'one_process' },
    tags: [],
  },
  createdAt: 1.5,
  updatedAt: 2,
  revision,
  claims: { token: 0, decided: [], decidedUpTo: 0, latestAt: null, holdings: [], waiting: null },
  totals: { successes: 0, failures: 0, skipped: 0, durationMs: 0, resourcesCleaned: 0, bytesFreed: 0 },
  lastRunAt: null,
});

const resultOf = (taskId: string, number: number): CleanupResult => ({
  id: `clr_${number}`,
  taskId,
  trigger: 'cron',
  occurrenceAt: 1_000 * number,
  startedAt: 1_000 * number + 0.25,
  completedAt: 1_000 * number + 9,
  durationMs: 8.75,
  success: true,
  message: '',
  resourcesCleaned: number,
  bytesFreed: 2 ** 40,
  error: null,
  attempt: 1,
  processId: 'prc_1',
});

/** What every store of cleanup tasks promises. */
export function cleanupStoreContract(name: string, make: () => Promise<CleanupStoreUnderTest>): void {
  describe(`the store of cleanup tasks ${name}`, () => {
    let subject: CleanupStoreUnderTest;
    let store: CleanupStore;
    beforeEach(async () => {
      subject = await make();
      store = subject.store;
      await store.open(keeping);
    });
    afterEach(async () => {
      await store.close();
      await subject.dispose();
    });

    const reopen = async (): Promise<void> => {
      await store.close();
      store = subject.reopen();
      await store.open(keeping);
    };
    const add = (id: string): Promise<boolean> => store.write({ id, expected: 0, record: recordOf(id, 1) });
    const numbers = (items: readonly CleanupResult[]): number[] =>
      items.map(({ resourcesCleaned }) => resourcesCleaned);

    it('gives back what was written, exactly, also to the next process', async () => {
      expect(await add('b')).toBe(true);
      expect(await add('a')).toBe(true);
      await reopen();
      expect(await store.read('a')).toEqual({ id: 'a', version: 1, record: recordOf('a', 1) });
      expect((await store.load()).map(({ id }) => id).toSorted()).toEqual(['a', 'b']);
      expect(await store.read('c')).toBeUndefined();
    });

    it('takes a change of the version that is there, and no other', async () => {
      await add('a');
      expect(await add('a')).toBe(false);
      expect(await store.write({ id: 'a', expected: 1, record: recordOf('a', 2) })).toBe(true);
      expect(await store.write({ id: 'a', expected: 1, record: recordOf('a', 3) })).toBe(false);
      expect(await store.write({ id: 'z', expected: 1, record: recordOf('z', 1) })).toBe(false);
      expect(await store.read('a')).toEqual({ id: 'a', version: 2, record: recordOf('a', 2) });
    });

    it('lets one of many changes of one version win', async () => {
      await add('a');
      const other = subject.beside?.();
      await other?.open(keeping);
      const won = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          (at % 2 === 0 ? store : (other ?? store)).write({
            id: 'a',
            expected: 1,
            record: recordOf('a', 2 + at),
          }),
        ),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store.read('a'))?.record.revision).toBe(2 + won.indexOf(true));
      await other?.close();
    });

    it('stores a result with its change, and not without', async () => {
      await add('a');
      const result = resultOf('a', 1);
      expect(await store.write({ id: 'a', expected: 9, record: recordOf('a', 2), result })).toBe(false);
      expect((await store.results({})).items).toEqual([]);
      expect(await store.write({ id: 'a', expected: 1, record: recordOf('a', 2), result })).toBe(true);
      await reopen();
      expect((await store.results({})).items).toEqual([result]);
    });

    it('forgets the oldest results beyond its limit, of all tasks together', async () => {
      for (let number = 1; number <= 8; number += 1) {
        const id = number % 2 ? 'odd' : 'even';
        const version = (await store.read(id))?.version ?? 0;
        await store.write({ id, expected: version, record: recordOf(id, 1), result: resultOf(id, number) });
      }
      expect(numbers((await store.results({})).items)).toEqual([8, 7, 6, 5, 4]);
      expect(numbers((await store.results({ taskId: 'odd' })).items)).toEqual([7, 5]);
    });

    it('pages results newest first, without a gap when new ones come', async () => {
      await add('a');
      for (let number = 1; number <= 4; number += 1) {
        await store.write({
          id: 'a',
          expected: number,
          record: recordOf('a', 1),
          result: resultOf('a', number),
        });
      }
      const first = await store.results({ limit: 2 });
      expect(numbers(first.items)).toEqual([4, 3]);
      await store.write({ id: 'a', expected: 5, record: recordOf('a', 1), result: resultOf('a', 5) });
      const second = await store.results({ limit: 2, cursor: first.next ?? '', taskId: 'a' });
      expect(numbers(second.items)).toEqual([2, 1]);
      expect(second.next).toBeNull();
      await expect(store.results({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid_input' });
    });

    it('removes the version that is there, and leaves its results', async () => {
      await add('a');
      await store.write({ id: 'a', expected: 1, record: recordOf('a', 1), result: resultOf('a', 1) });
      expect(await store.remove('a', 1)).toBe(false);
      expect(await store.remove('a', 2)).toBe(true);
      expect(await store.remove('b', 1)).toBe(false);
      expect(await store.load()).toEqual([]);
      expect((await store.results({ taskId: 'a' })).items).toHaveLength(1);
    });

    it('knows what time it is', async () => {
      const now = await store.now();
      expect(Number.isInteger(now)).toBe(true);
      expect(now).toBeGreaterThan(Date.UTC(2026, 0, 1) - 1);
    });

    it('is unavailable before it is opened and after it is closed', async () => {
      await store.close();
      await expect(store.load()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(add('a')).rejects.toMatchObject({ code: 'unavailable' });
      await store.close();
      await store.open(keeping);
      expect(await store.load()).toEqual([]);
    });
  });
}
