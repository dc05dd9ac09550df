import { RaptorFlowError, type Clock } from '../kernel/index.ts';
import { classify, type Attempt, type Executor } from '../resilience/index.ts';
import { goesOn, noteAttempt, type Pending, wordsOf } from './failure.ts';
import type { KeyedItem, StoreContext } from './pipeline.ts';

/** What storing needs. */
export interface StoringParts<Out> {
  readonly pipeline: string;
  readonly store: (batch: readonly KeyedItem<Out>[], context: StoreContext) => Promise<void>;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** An item that the store refuses, with its last failure. */
export interface Refused<In, Out> {
  readonly pending: Pending<In, Out>;
  readonly error: unknown;
}

/** Pieces that may fail one after the other, in a pipeline that has stored nothing yet, beyond those that one bad item makes fail. */
const missesMax = 16;

/**
 * Hands batches to the store and finds the items that it refuses.
 *
 * A batch that fails is first repeated whole, with the executor's pauses. If it still fails, the question is whether an item is at fault or the
 * store is down. A failure that is permanent by its own account lies with an item. For any other the store is asked to take an item that it
 * has taken before, which changes nothing, because it knows the key: if it refuses that one too, it is down, and the run ends with
 * `unavailable` and without a dead letter. If it takes it, the batch is halved until the items at fault stand alone, and each of those
 * fails once more while the store takes the known one. Before the first success there is no known item: the halving then goes on to
 * find one, and if nothing at all is taken, that is an outage as well.
 */
export class Storing<In, Out> {
  readonly #parts: StoringParts<Out>;
  readonly #operation: string;
  #known: KeyedItem<Out> | undefined;

  constructor(parts: StoringParts<Out>) {
    this.#parts = parts;
    this.#operation = `pipeline.${parts.pipeline}.store`;
  }

  /** Resolves with the items that the store refuses; all others are applied. Rejects with `unavailable` when the store is down, and `cancelled`. */
  async store(batch: readonly Pending<In, Out>[], signal: AbortSignal): Promise<readonly Refused<In, Out>[]> {
    try {
      await this.#call(batch, signal, 'with-retries');
      return [];
    } catch (error) {
      if (signal.aborted) throw error;
      return this.#isolate(batch, error, signal);
    }
  }

  async #isolate(
    batch: readonly Pending<In, Out>[],
    first: unknown,
    signal: AbortSignal,
  ): Promise<readonly Refused<In, Out>[]> {
    const refused: Refused<In, Out>[] = [];
    const suspects: Pending<In, Out>[] = [];
    if (!isPermanent(first) && this.#known && !(await this.#takesKnown(signal))) throw this.#outage(first);
    const patience = missesMax + Math.ceil(Math.log2(batch.length + 1));
    let misses = 0;
    const judge = async (piece: readonly Pending<In, Out>[], error: unknown): Promise<void> => {
      const [only] = piece;
      if (!isPermanent(error)) misses += 1;
      if (piece.length > 1 || !only) return;
      if (isPermanent(error)) refused.push({ pending: only, error });
      else suspects.push(only);
      if (misses <= patience) return;
      // Much fails and nothing succeeds: before more calls are made at a store that is down, it is asked.
      if (!this.#known || !(await this.#takesKnown(signal))) throw this.#outage(error);
      misses = 0;
    };
    await judge(batch, first);
    const pieces = halves(batch);
    for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
      try {
        await this.#call(piece, signal, 'once');
        misses = 0;
      } catch (error) {
        if (signal.aborted) throw error;
        await judge(piece, error);
        pieces.push(...halves(piece));
      }
    }
    refused.push(...(await this.#askAgain(suspects, first, signal)));
    return refused;
  }

  /** Each suspect has another attempt; one that fails while the store takes a known item is at fault. */
  async #askAgain(
    suspects: readonly Pending<In, Out>[],
    first: unknown,
    signal: AbortSignal,
  ): Promise<readonly Refused<In, Out>[]> {
    const refused: Refused<In, Out>[] = [];
    for (const pending of suspects) {
      if (!this.#known) throw this.#outage(first);
      try {
        await this.#call([pending], signal, 'once');
      } catch (error) {
        if (signal.aborted) throw error;
        if (!isPermanent(error) && !(await this.#takesKnown(signal))) throw this.#outage(error);
        refused.push({ pending, error });
      }
    }
    return refused;
  }

  async #call(
    batch: readonly Pending<In, Out>[],
    signal: AbortSignal,
    how: 'with-retries' | 'once',
  ): Promise<void> {
    const items = batch.map(({ key, value }) => ({ key, value }));
    await this.#execute(items, signal, how, (error, attempt) => {
      const at = new Date(this.#parts.clock.now()).toISOString();
      for (const { attempts } of batch) {
        const number = attempts.filter(({ stage }) => stage === 'store').length + 1;
        noteAttempt(attempts, {
          stage: 'store',
          attempt: how === 'once' ? number : attempt,
          together: batch.length,
          at,
          error: wordsOf(error),
        });
      }
    });
    this.#known = items[0];
  }

  async #takesKnown(signal: AbortSignal): Promise<boolean> {
    if (!this.#known) return false;
    try {
      await this.#execute([this.#known], signal, 'once', () => undefined);
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      return false;
    }
  }

  async #execute(
    items: readonly KeyedItem<Out>[],
    signal: AbortSignal,
    how: 'with-retries' | 'once',
    failed: (error: unknown, attempt: number) => void,
  ): Promise<void> {
    const { executor, store, timeoutMs, clock } = this.#parts;
    let number = 0;
    const attemptOnce = async (attempt: Attempt): Promise<void> => {
      number = attempt.number;
      await store(items, { attempt: number, signal: attempt.signal });
    };
    await executor.execute(this.#operation, attemptOnce, {
      // Asked once for every attempt that failed, time-outs included.
      classify: (error) => {
        failed(error, number);
        const verdict = classify(error, clock);
        // A store that asks for patience works, and gets it; other failures of a piece are not repeated here.
        return how === 'once' && verdict.kind !== 'throttled' ? { kind: 'permanent' } : verdict;
      },
      timeoutMs,
      signal,
      // Whether the store is down is found out here; a breaker would take a row of bad items for an outage.
      breaker: false,
    });
  }

  #outage(cause: unknown): RaptorFlowError {
    const { pipeline } = this.#parts;
    return new RaptorFlowError(
      'unavailable',
      `The store of pipeline "${pipeline}" takes nothing: ${wordsOf(cause)}. Nothing was given up; run it again once the store works: ` +
        `${goesOn}. If these items are at fault, let store throw a permanentError for them.`,
      { cause, details: { pipeline } },
    );
  }
}

function isPermanent(error: unknown): boolean {
  return classify(error).kind === 'permanent';
}

/** The second half first, so that a stack hands out the first. */
function halves<T>(piece: readonly T[]): (readonly T[])[] {
  if (piece.length < 2) return [];
  const middle = piece.length >> 1;
  return [piece.slice(middle), piece.slice(0, middle)];
}
