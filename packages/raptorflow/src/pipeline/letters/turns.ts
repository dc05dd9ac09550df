import { RaptorFlowError } from '../../kernel/index.ts';

/** Lets so many pieces of work run at a time; the others wait for their turn, in order. Who asks limits how many those are. */
export class Turns {
  readonly #waiting: Set<() => void> = new Set();
  #free: number;

  constructor(together: number) {
    this.#free = together;
  }

  /** Rejects with `cancelled` when the signal aborts before the work has begun. */
  async run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next) {
        this.#waiting.delete(next);
        next();
      } else this.#free += 1;
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#waiting.delete(begin);
      reject(new RaptorFlowError('cancelled', 'The work was cancelled before its turn came.'));
    };
    const begin = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    if (signal.aborted) onAbort();
    else {
      this.#waiting.add(begin);
      signal.addEventListener('abort', onAbort, { once: true });
    }
    return promise;
  }
}
