import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoint, CheckpointStore } from '../checkpoint.ts';
import { emptyTally } from '../counts.ts';

/** A store of checkpoints in a test. */
export interface CheckpointStoreUnderTest {
  readonly store: CheckpointStore;
  /** Another store on the same content, as the next process opens it; the first one is closed by then. Absent where a store ends with its process. */
  reopen?(): Promise<CheckpointStore>;
  dispose(): Promise<void>;
}

/** A checkpoint with something in every field. */
function checkpointAt(id: string, read: number, finishedAt: number | null = null): Checkpoint {
  const counts = {
    ...emptyTally(),
    read,
    ingested: read - 3,
    converted: read - 2,
    skipped: 1,
    failed: 2,
    failures: { read: 0, convert: 1, store: 1 },
    skips: { 'of "no" use\n': 1 },
  };
  return { id, startedAt: 1_700_000_000_123, finishedAt, counts };
}

/** What every store of checkpoints promises. */
export function checkpointStoreContract(name: string, make: () => Promise<CheckpointStoreUnderTest>): void {
  describe(`the store of checkpoints ${name}`, () => {
    let subject: CheckpointStoreUnderTest;
    let store: CheckpointStore;
    beforeEach(async () => {
      subject = await make();
      store = subject.store;
    });
    afterEach(async () => {
      await store.close();
      await subject.dispose();
    });

    const reopen = async (): Promise<void> => {
      if (!subject.reopen) return;
      await store.close();
      store = await subject.reopen();
    };

    it('has none of a run before one is saved', async () => {
      expect(await store.load('feed')).toBeNull();
      await store.save(checkpointAt('feed', 5));
      expect(await store.load('fee')).toBeNull();
    });

    it('gives back what was saved last, exactly, also to the next process', async () => {
      for (const read of [10, 20, 30]) await store.save(checkpointAt('feed', read));
      expect(await store.load('feed')).toEqual(checkpointAt('feed', 30));
      await reopen();
      expect(await store.load('feed')).toEqual(checkpointAt('feed', 30));
      await store.save(checkpointAt('feed', 31, 1_700_000_001_000));
      await reopen();
      expect(await store.load('feed')).toEqual(checkpointAt('feed', 31, 1_700_000_001_000));
    });

    it('keeps runs apart, whatever their names are and however they are saved', async () => {
      const names = ['a', 'a:b', 'wsp_1:2026-03-05', 'äöü "quoted" / \\', 'x'.repeat(100)];
      await Promise.all(names.map((id, at) => store.save(checkpointAt(id, 10 + at))));
      await store.save(checkpointAt('a', 99));
      await reopen();
      expect(await Promise.all(names.map((id) => store.load(id)))).toEqual([
        checkpointAt('a', 99),
        ...names.slice(1).map((id, at) => checkpointAt(id, 11 + at)),
      ]);
    });

    it('forgets a run and no other, and its name begins anew', async () => {
      await store.save(checkpointAt('feed', 5));
      await store.save(checkpointAt('other', 6));
      await store.forget('feed');
      await store.forget('nobody');
      await reopen();
      expect(await store.load('feed')).toBeNull();
      expect(await store.load('other')).toEqual(checkpointAt('other', 6));
      await store.save(checkpointAt('feed', 4));
      await reopen();
      expect(await store.load('feed')).toEqual(checkpointAt('feed', 4));
    });

    it('does not follow what becomes of a checkpoint after it was saved', async () => {
      const counts = { ...emptyTally(), read: 1, skipped: 1, skips: { no: 1 } };
      await store.save({ id: 'feed', startedAt: 1, finishedAt: null, counts });
      Object.assign(counts, { read: 2 });
      Object.assign(counts.skips, { no: 2 });
      expect((await store.load('feed'))?.counts).toMatchObject({ read: 1, skips: { no: 1 } });
    });
  });
}
