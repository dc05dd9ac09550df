import { RaptorFlowError } from './errors.ts';

/**
 * States of a long-lived part:
 *
 * - `new`: built, holds nothing. `start` → `starting`; `stop` → `stopped`.
 * - `starting`: acquiring. Success → `running`; failure → `failed`; `stop` waits for the outcome first.
 * - `running`: serves. `stop` → `stopping`.
 * - `stopping`: drains and releases. → `stopped`, or `failed` when releasing threw.
 * - `stopped`, `failed`: final. A part is not started twice; build a new one.
 */
export type ServiceState = 'new' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** How long stopping may take. */
export interface StopOptions {
  /** Work in hand may go on for this long; then it is given back or aborted. Default 5,000. */
  readonly deadlineMs?: number;
}

/** Every long-lived part. `stop` tolerates a part that was never started and one that was stopped before; `start` twice is one start. */
export interface Service {
  readonly state: ServiceState;
  start(): Promise<void>;
  stop(options?: StopOptions): Promise<void>;
}

/** What a part does when it starts and stops. */
export interface LifecycleHooks {
  readonly start?: () => Promise<void> | void;
  readonly stop?: (options: { readonly deadlineMs: number }) => Promise<void> | void;
}

/** How long a stop may take when the caller says nothing. */
export const stopDeadlineMs = 5_000;

/** The state machine above, to be held by each part; the part supplies only the two hooks. */
export class Lifecycle implements Service {
  readonly #name: string;
  readonly #hooks: LifecycleHooks;
  #state: ServiceState = 'new';
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(name: string, hooks: LifecycleHooks = {}) {
    this.#name = name;
    this.#hooks = hooks;
  }

  get state(): ServiceState {
    return this.#state;
  }

  start(): Promise<void> {
    if (this.#starting) return this.#starting;
    if (this.#state !== 'new') {
      return Promise.reject(
        new RaptorFlowError(
          'unavailable',
          `${this.#name} is ${this.#state} and cannot be started again; create a new one.`,
        ),
      );
    }
    this.#state = 'starting';
    this.#starting = this.#runStart();
    return this.#starting;
  }

  stop(options: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#runStop(options.deadlineMs ?? stopDeadlineMs);
    return this.#stopping;
  }

  /** Throws `unavailable` unless the part is running: for calls that make no sense before or after. */
  assertRunning(): void {
    if (this.#state !== 'running') {
      throw new RaptorFlowError(
        'unavailable',
        `${this.#name} is ${this.#state}; it answers only while it is running.`,
      );
    }
  }

  /** Marks the part as failed because something it lives on is gone. A later `stop` still releases what is left. */
  fail(): void {
    if (this.#state === 'running' || this.#state === 'starting') this.#state = 'failed';
  }

  async #runStart(): Promise<void> {
    try {
      await this.#hooks.start?.();
      if (this.#state === 'starting') this.#state = 'running';
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  async #runStop(deadlineMs: number): Promise<void> {
    if (this.#state === 'new') {
      this.#state = 'stopped';
      return;
    }
    // A start that is under way is let finish, so that what it acquired is released; its failure was told to its caller.
    await this.#starting?.catch(() => undefined);
    const failedBefore = this.#state === 'failed';
    this.#state = 'stopping';
    try {
      await this.#hooks.stop?.({ deadlineMs });
      this.#state = failedBefore ? 'failed' : 'stopped';
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }
}
