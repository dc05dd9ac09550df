import { RaptorFlowError } from '../../kernel/index.ts';
import type { CleanupRecord } from './record.ts';
import type { CleanupStore, StoredCleanupTask } from './store.ts';
import type { CleanupResult } from './task.ts';

/** What a change makes of a record. */
export interface Changing<Answer> {
  /** Undefined leaves everything as it is. */
  readonly record?: CleanupRecord | undefined;
  readonly result?: CleanupResult | undefined;
  readonly answer: Answer;
}

/** Of so many processes that change one task at a time, each gets its turn. */
const turnsMax = 100;

/** Changes records so that of several processes no one's change is lost. */
export class Ledger {
  readonly #store: CleanupStore;
  /** The last change of each task in this process, so that it does not compete with itself. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(store: CleanupStore) {
    this.#store = store;
  }

  /**
   * Reads a record, changes it, and writes it unless it has changed meanwhile; then anew. Rejects with `not_found`, with `conflict` when it changes
   * all the time, and with what `change` throws.
   */
  change<Answer>(
    id: string,
    change: (record: CleanupRecord, now: number) => Changing<Answer>,
  ): Promise<Answer> {
    const before = this.#turns.get(id) ?? Promise.resolve();
    const turn = before.then(
      () => this.#try(id, change),
      () => this.#try(id, change),
    );
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(id) === settled) this.#turns.delete(id);
      });
    this.#turns.set(id, settled);
    return turn;
  }

  async #try<Answer>(
    id: string,
    change: (record: CleanupRecord, now: number) => Changing<Answer>,
  ): Promise<Answer> {
    for (let turn = 0; turn < turnsMax; turn += 1) {
      const [stored, now] = await Promise.all([this.#store.read(id), this.#store.now()]);
      const { record, result, answer } = change(recordOf(id, stored), now);
      if (!record) return answer;
      if (await this.#store.write({ id, expected: stored?.version ?? 0, record, result })) return answer;
    }
    throw new RaptorFlowError(
      'conflict',
      `The cleanup task ${id} is changed by others all the time; try again.`,
      { retryable: true },
    );
  }
}

function recordOf(id: string, stored: StoredCleanupTask | undefined): CleanupRecord {
  if (stored) return stored.record;
  throw unknownTask(id);
}

/** What every call answers that names a task that is not there. */
export function unknownTask(id: string): RaptorFlowError {
  return new RaptorFlowError('not_found', `There is no cleanup task "${id.slice(0, 100)}".`);
}
