import { RaptorFlowError, systemClock, type Clock } from 'raptorflow/kernel';

/**
 * Long work in steps: between two of them others may have their turn, or the work may be given up. What it computes never
 * depends on when it was interrupted.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** How long the steps of one piece of work run before others have their turn. */
const sliceMs = 10;

/**
 * Takes all steps of a piece of work. After every 10 ms the event loop has its turn; `isUnwanted` is asked then, and when
 * it says so the work ends with `cancelled`.
 */
export async function takeSteps<T>(
  steps: Steps<T>,
  isUnwanted: () => boolean,
  clock: Pick<Clock, 'monotonic'> = systemClock,
): Promise<T> {
  let since = clock.monotonic();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (clock.monotonic() - since < sliceMs) continue;
    if (isUnwanted()) throw new RaptorFlowError('cancelled', 'Nobody waits for this work any more.');
    await nextTurn();
    since = clock.monotonic();
  }
}

/** Takes all steps at once. */
export function takeAllSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Work that several tasks wait for: done one time, and given up only when none of them wants it any more. */
export class SharedWork<T> {
  readonly #steps: () => Steps<T>;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #waiting: (() => boolean)[] = [];
  #result: Promise<T> | undefined;
  #isDone = false;

  constructor(steps: () => Steps<T>, clock: Pick<Clock, 'monotonic'>) {
    this.#steps = steps;
    this.#clock = clock;
  }

  /** The result, worked out now unless it is there or under way. Rejects with `cancelled` once everybody has gone. */
  get(isUnwanted: () => boolean): Promise<T> {
    if (!this.#isDone) this.#waiting.push(isUnwanted);
    this.#result ??= this.#work();
    return this.#result;
  }

  async #work(): Promise<T> {
    try {
      const everybodyGone = (): boolean => this.#waiting.every((isUnwanted) => isUnwanted());
      const result = await takeSteps(this.#steps(), everybodyGone, this.#clock);
      this.#isDone = true;
      return result;
    } catch (error) {
      // Whoever comes later starts anew.
      this.#result = undefined;
      throw error;
    } finally {
      this.#waiting = [];
    }
  }
}
