import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FailedItem, PipelineDeadLetters, PipelineLetter } from '../dead-letter.ts';

/** A store of dead letters in a test. */
export interface DeadLettersUnderTest {
  readonly letters: PipelineDeadLetters;
  /** Another one on the same content, for another pipeline or for the next process. Absent where letters end with their store. */
  another?(): Promise<PipelineDeadLetters>;
  dispose(): Promise<void>;
}

const waiting = { timeout: 10_000, interval: 10 } as const;

/** A failed item with something in every field. */
function failedItem(n: number, more: Partial<FailedItem> = {}): FailedItem {
  const at = '2026-03-05T10:00:00.000Z';
  return {
    key: `feed/r/${n}`,
    pipeline: 'feed',
    run: 'r',
    runStartedAt: 1_700_000_000_123,
    stage: 'store',
    item: { n, nested: [{ text: 'ä "quoted"\n' }] },
    text: null,
    position: { line: n, offset: 10 * n },
    error: { name: 'TypeError', message: `no ${n}`, code: 'odd' },
    attempts: [
      { stage: 'store', attempt: 1, together: 7, at, error: 'Error: together' },
      { stage: 'store', attempt: 2, together: 1, at, error: 'Error: alone' },
    ],
    ...more,
  };
}

/** What every store of a pipeline's dead letters promises. */
export function deadLettersContract(name: string, make: () => Promise<DeadLettersUnderTest>): void {
  describe(`the dead letters ${name}`, () => {
    let subject: DeadLettersUnderTest;
    let letters: PipelineDeadLetters;
    let given: FailedItem[];
    const opened: PipelineDeadLetters[] = [];
    const open = async (
      which: PipelineDeadLetters,
      pipeline = 'feed',
      act: (failed: FailedItem) => Promise<void> = async (failed) => void given.push(failed),
    ): Promise<PipelineDeadLetters> => {
      opened.push(which);
      await which.open(pipeline, act);
      return which;
    };
    beforeEach(async () => {
      given = [];
      subject = await make();
      letters = subject.letters;
    });
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
      await subject.dispose();
    });

    const numbersOf = (items: readonly { readonly failed: FailedItem }[]): number[] =>
      items.map(({ failed }) => Number(failed.key.split('/').at(-1)));
    const list = async (which = letters): Promise<readonly PipelineLetter[]> =>
      (await which.list({ limit: 100 })).items;
    const listUntil = async (count: number, which = letters): Promise<readonly PipelineLetter[]> => {
      await expect.poll(async () => (await list(which)).length, waiting).toBe(count);
      return list(which);
    };
    const bury = async (...numbers: readonly number[]): Promise<void> => {
      await letters.bury(numbers.map((n) => failedItem(n)));
    };

    it('keeps a failed item whole, open, with its error and its attempts', async () => {
      await open(letters);
      await bury(1);
      const [letter] = await listUntil(1);
      expect(letter?.state).toBe('open');
      expect(letter?.deadAt).toMatch(/^\d{4}-.*Z$/u);
      expect(letter?.failed).toEqual(failedItem(1));
      expect(given).toEqual([]);
    });

    it('lists the newest first, in pages, each once', async () => {
      await open(letters);
      for (let n = 1; n <= 7; n += 1) {
        await bury(n);
        await listUntil(n);
      }
      const seen: number[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await letters.list({ limit: 3, ...(typeof cursor === 'string' && { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(3);
        seen.push(...numbersOf(page.items));
        cursor = page.cursor;
      } while (cursor !== null);
      expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
    });

    it('has one letter of an item in a run, however often it is buried, and another one in another run', async () => {
      await open(letters);
      await bury(1, 2);
      await listUntil(2);
      await bury(1, 2, 3);
      await listUntil(3);
      await bury(3);
      expect(numbersOf(await listUntil(3)).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
      await letters.bury([failedItem(3, { run: 'again', runStartedAt: 1_700_000_000_124 })]);
      await listUntil(4);
    });

    it('gives back the letters of the ids that are asked for, and then all that are open', async () => {
      await open(letters);
      await bury(1, 2, 3);
      const two = (await listUntil(3)).find(({ failed }) => failed.key.endsWith('/2'));
      expect(await letters.redrive([two?.id ?? ''])).toBe(1);
      await expect.poll(() => given.length, waiting).toBe(1);
      expect(given).toEqual([failedItem(2)]);
      await listUntil(2);
      expect(await letters.redrive()).toBe(2);
      await expect.poll(() => given.length, waiting).toBe(3);
      expect(given.map(({ key }) => key).toSorted()).toEqual(['feed/r/1', 'feed/r/2', 'feed/r/3']);
      await listUntil(0);
      expect(await letters.redrive()).toBe(0);
    });

    it('has a letter again of an item that fails again', async () => {
      let fails = true;
      await open(letters, 'feed', async (failed) => {
        if (fails) throw new TypeError('still no');
        given.push(failed);
      });
      await bury(1);
      await listUntil(1);
      expect(await letters.redrive()).toBe(1);
      await listUntil(1);
      fails = false;
      // The store may still be about to bury it again.
      await expect
        .poll(async () => {
          await letters.redrive();
          return given.length;
        }, waiting)
        .toBe(1);
      await listUntil(0);
    });

    it('does not try an item that it does not hold whole, and keeps its letter', async () => {
      await open(letters);
      await letters.bury([failedItem(1, { stage: 'read', item: null, text: '{"n": oops', position: null })]);
      const [letter] = await listUntil(1);
      expect(letter?.failed).toMatchObject({ item: null, text: '{"n": oops' });
      await letters.redrive();
      await listUntil(1);
      expect(given).toEqual([]);
    });

    it('ends what is in hand before it is closed', async () => {
      const gate = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      let ended = false;
      await open(letters, 'feed', async () => {
        begun.resolve();
        await gate.promise;
        ended = true;
      });
      await bury(1);
      await listUntil(1);
      const redriving = letters.redrive();
      await begun.promise;
      const closing = letters.close();
      gate.resolve();
      await Promise.all([closing, redriving]);
      expect(ended).toBe(true);
    });

    it('keeps pipelines apart', async () => {
      const other = await subject.another?.();
      if (!other) return;
      await open(letters);
      await open(other, 'other');
      await bury(1);
      await other.bury([failedItem(1, { key: 'other/r/1', pipeline: 'other' })]);
      await listUntil(1);
      expect((await listUntil(1, other))[0]?.failed.pipeline).toBe('other');
      await other.redrive();
      await expect.poll(() => given.length, waiting).toBe(1);
      expect(given[0]?.pipeline).toBe('other');
      await listUntil(1);
    });

    it('has letters for the next process, also those that the one before had not got round to', async () => {
      if (!subject.another) return;
      await open(letters);
      await letters.close();
      await bury(...Array.from({ length: 150 }, (_, n) => n));
      const next = await open(await subject.another());
      await expect.poll(async () => (await next.list({ limit: 200 })).items.length, waiting).toBe(150);
      // Nothing is tried before somebody asks for it.
      expect(given).toEqual([]);
      await next.redrive();
      await expect.poll(() => given.length, waiting).toBe(150);
      expect(new Set(given.map(({ key }) => key)).size).toBe(150);
    });
  });
}
