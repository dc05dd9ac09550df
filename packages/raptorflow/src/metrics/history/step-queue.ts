import type { Logger } from '../../kernel/index.ts';
import type { SeriesDescription } from './point.ts';
import type { HistoryStore, StoredFrame } from './store.ts';

/** What one step has for the store. */
export interface StepData {
  readonly series: readonly SeriesDescription[];
  readonly frames: readonly StoredFrame[];
}

/** Steps on their way into the store, in their order. While it cannot be written they wait, up to a limit. */
export class StepQueue {
  /** Steps that were given up because the store could not be written for too long. */
  lost = 0;
  readonly #store: HistoryStore;
  readonly #log: Logger;
  readonly #waitingMax: number;
  readonly #onStored: (step: StepData) => void;
  #waiting: StepData[] = [];
  #writing: Promise<void> | undefined;
  #isFailing = false;

  constructor(store: HistoryStore, log: Logger, waitingMax: number, onStored: (step: StepData) => void) {
    this.#store = store;
    this.#log = log;
    this.#waitingMax = waitingMax;
    this.#onStored = onStored;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Adds a step and tries to write everything that waits. */
  push(step: StepData): void {
    this.#waiting.push(step);
    if (this.#waiting.length > this.#waitingMax) {
      const [oldest] = this.#waiting;
      // What is known of series must not be lost with the step that brought it.
      const next = this.#waiting[1];
      this.#waiting.splice(0, 2);
      if (oldest && next)
        this.#waiting.unshift({ series: [...oldest.series, ...next.series], frames: next.frames });
      this.lost += 1;
    }
    void this.flush();
  }

  /** Resolves when everything has been written, or the first failure has ended the attempt; then false. */
  async flush(): Promise<boolean> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
    return this.#waiting.length === 0;
  }

  async #write(): Promise<void> {
    for (let step = this.#waiting[0]; step; step = this.#waiting[0]) {
      try {
        if (step.series.length > 0) await this.#store.describe(step.series);
        await this.#store.append(step.frames);
      } catch (error) {
        if (!this.#isFailing) {
          this.#log.warn('The metric history cannot be stored at present; steps wait in memory.', { error });
        }
        this.#isFailing = true;
        return;
      }
      if (this.#isFailing)
        this.#log.info('The metric history is stored again.', { waiting: this.#waiting.length });
      this.#isFailing = false;
      // It may have been given up meanwhile.
      if (this.#waiting[0] === step) this.#waiting.shift();
      this.#onStored(step);
    }
  }
}
