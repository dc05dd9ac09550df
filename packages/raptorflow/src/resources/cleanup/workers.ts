import {
  isRaptorFlowError,
  RaptorFlowError,
  toRaptorFlowError,
  type Clock,
  type Logger,
  type Timer,
} from '../../kernel/index.ts';
import { exponentialBackoff, retry, type Executor } from '../../resilience/index.ts';
import type { CleanupActions } from './action.ts';
import { takenOver, type Claim, type Claiming } from './claiming.ts';
import type { CleanupMeters } from './meters.ts';
import type { Cause } from './record.ts';
import { runAction, type RunEnd } from './run.ts';
import type { CleanupPriority, CleanupResult } from './task.ts';
import { WorkQueue } from './work-queue.ts';

/** Who waits for a result. */
export interface Waiter {
  resolve(result: CleanupResult): void;
  reject(error: unknown): void;
}

/** A run that is due. */
interface Due {
  readonly taskId: string;
  readonly priority: CleanupPriority;
  readonly cause: Cause;
  readonly waiter: Waiter | undefined;
}

/** What workers work with. */
export interface WorkerParts {
  readonly claiming: Claiming;
  readonly actions: CleanupActions;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meters: () => CleanupMeters;
  readonly resultId: () => string;
  readonly workers: number;
  readonly queuedMax: number;
  readonly leaseMs: number;
}

type Granted = Claim & { readonly kind: 'granted' };

/** Of a lease, this part passes between two renewals. */
const renewShare = 1 / 3;

/**
 * Takes runs that are due, in the order of their priority, asks whether they are this process's, and sees them through. A run is asked for only when a
 * worker is free, so that a process with too much to do leaves it to another one.
 */
export class Workers {
  readonly #parts: WorkerParts;
  readonly #queue: WorkQueue<Due>;
  /** Runs that are queued, parked or under way, by task and key. */
  readonly #known = new Set<string>();
  /** Runs that could not be asked for, because the store did not answer. */
  #parked: Due[] = [];
  readonly #stops = new Set<AbortController>();
  /** Ends when no run is under way. */
  readonly #working = new Set<Promise<void>>();
  #isStopped = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#queue = new WorkQueue(parts.queuedMax);
  }

  get queued(): number {
    return this.#queue.size;
  }

  get running(): number {
    return this.#working.size;
  }

  /** False when the run cannot wait, because too many do. One that waits or is under way already is not taken twice. */
  offer(taskId: string, priority: CleanupPriority, cause: Cause, waiter?: Waiter): boolean {
    if (this.#isStopped) return false;
    const name = nameOf(taskId, cause);
    if (this.#known.has(name)) return true;
    if (this.#queue.size + this.#parked.length >= this.#parts.queuedMax) {
      this.#parts.meters().leftOut(taskId, 'queue_full');
      this.#parts.log.warn('A cleanup task is due and is left out, because too many wait already.', {
        task: taskId,
        queuedMax: this.#parts.queuedMax,
      });
      return false;
    }
    this.#known.add(name);
    this.#queue.push({ taskId, priority, cause, waiter }, priority);
    this.#pump();
    return true;
  }

  /** Asks again for what could not be asked for. */
  retryParked(): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const due of parked) this.#queue.push(due, due.priority);
    this.#pump();
  }

  /** Lets what is under way end until the deadline; then it is aborted, and given back where another process can run it. */
  async stop(deadlineMs: number): Promise<void> {
    this.#isStopped = true;
    const stopped = (): RaptorFlowError =>
      new RaptorFlowError('cancelled', 'The cleanup scheduler stops before the task has run.');
    for (let due = this.#queue.shift(); due; due = this.#queue.shift()) due.waiter?.reject(stopped());
    this.#parked = [];
    const over = Promise.all(this.#working);
    const timeout = new AbortController();
    const deadline = this.#parts.clock.sleep(deadlineMs, timeout.signal).catch(() => undefined);
    if (deadlineMs > 0) await Promise.race([over, deadline]);
    timeout.abort();
    for (const controller of this.#stops) controller.abort(stopped());
    await over;
  }

  #pump(): void {
    while (this.#working.size < this.#parts.workers) {
      const due = this.#queue.shift();
      if (!due) return;
      const work = this.#see(due).finally(() => {
        this.#working.delete(work);
        this.#pump();
      });
      this.#working.add(work);
    }
  }

  async #see(due: Due): Promise<void> {
    const { taskId, cause, waiter } = due;
    const name = nameOf(taskId, cause);
    let claim: Claim;
    try {
      claim = await this.#parts.claiming.claim(taskId, cause);
    } catch (error) {
      const isGone = isRaptorFlowError(error, 'not_found');
      if (waiter || isGone || this.#isStopped) {
        this.#known.delete(name);
        waiter?.reject(error);
        return;
      }
      this.#parts.log.warn('A cleanup task is due, but its store does not answer; it is asked again.', {
        task: taskId,
        error,
      });
      this.#parked.push(due);
      return;
    }
    try {
      if (claim.kind === 'granted') await this.#run(claim, due);
      else this.#leave(claim, due);
    } catch (error) {
      this.#parts.log.error(
        'A run of a cleanup task could not be ended; it is run again once its lease has ended.',
        {
          task: taskId,
          error,
        },
      );
      waiter?.reject(error);
    } finally {
      this.#known.delete(name);
    }
  }

  #leave(claim: Exclude<Claim, Granted>, { taskId, cause, waiter }: Due): void {
    if (claim.kind === 'overlap') {
      if (cause.trigger !== 'manual') this.#parts.meters().leftOut(taskId, 'overlap');
      waiter?.reject(
        new RaptorFlowError('conflict', `The cleanup task ${taskId} runs already; wait until it has ended.`),
      );
      return;
    }
    if (claim.reason === 'unknown_action') {
      this.#parts.log.warn('A cleanup task is due whose action this process does not have.', {
        task: taskId,
      });
    }
    waiter?.reject(
      new RaptorFlowError(
        'unavailable',
        `This process does not have the action of ${taskId}; run it where the action is.`,
        { retryable: false },
      ),
    );
  }

  async #run(claim: Granted, { waiter }: Due): Promise<void> {
    const { task, holding } = claim;
    const controller = new AbortController();
    this.#stops.add(controller);
    const keeping = this.#keepLease(claim, controller);
    const action = this.#parts.actions[task.action];
    try {
      if (!action) throw new RaptorFlowError('internal', `The action ${task.action} is gone.`);
      const end = await runAction({
        id: this.#parts.resultId(),
        task,
        action,
        holding,
        executor: this.#parts.executor,
        clock: this.#parts.clock,
        signal: controller.signal,
      });
      const isEnded = this.#isStopped && controller.signal.aborted && !end.result.success;
      const isGivenBack = isEnded && !waiter && isRepeatable(holding);
      if (isGivenBack) await this.#parts.claiming.giveBack(claim);
      else await this.#finish(claim, end, waiter);
      if (end.lingering && !isGivenBack) this.#linger(claim, end.lingering, keeping);
      else keeping.cancel();
    } catch (error) {
      keeping.cancel();
      throw error;
    } finally {
      this.#stops.delete(controller);
    }
  }

  async #finish(claim: Granted, { result, lingering }: RunEnd, waiter: Waiter | undefined): Promise<void> {
    const { task } = claim;
    const finish = (): ReturnType<Claiming['finish']> =>
      this.#parts.claiming.finish(claim, result, lingering !== undefined);
    let finished: Awaited<ReturnType<Claiming['finish']>>;
    try {
      finished = await retry(
        finish,
        { backoff: exponentialBackoff({ baseMs: 100, capMs: 2_000, retriesMax: 5 }) },
        { clock: this.#parts.clock },
      );
    } catch (error) {
      if (!isRaptorFlowError(error, 'not_found')) throw error;
      // The task was removed while it ran; whoever waits is told all the same.
      finished = { waiting: null };
    }
    if (finished === false) {
      this.#parts.log.warn('Another process has taken a run of a cleanup task over; its result counts.', {
        task: task.id,
      });
      waiter?.reject(takenOver(task.id));
      return;
    }
    this.#parts.meters().ended(result);
    if (!result.success) {
      this.#parts.log.warn('A cleanup task failed.', { task: task.id, error: result.error });
    }
    waiter?.resolve(result);
    if (finished.waiting) this.offer(task.id, task.priority, finished.waiting);
  }

  /** Keeps the run of an action that works on, so that the task does not overlap itself. */
  #linger(claim: Granted, lingering: Promise<void>, keeping: Timer): void {
    const { id, priority } = claim.task;
    this.#parts.log.warn(
      'An action of a cleanup task works on although its signal told it to end; until then the task does not run again.',
      {
        task: id,
      },
    );
    if (this.#isStopped) {
      keeping.cancel();
      return;
    }
    void lingering
      .then(() => this.#parts.claiming.release(claim))
      .then(() => {
        const waiting = this.#parts.claiming.ownWaiting(id);
        if (waiting) this.offer(id, priority, waiting);
      })
      .catch((error: unknown) => {
        this.#parts.log.warn('A run that is over could not be released; its lease ends by itself.', {
          task: id,
          error,
        });
      })
      .finally(() => keeping.cancel());
  }

  /** Renews the lease until cancelled, and aborts the run when it is lost, or must be because nothing could be heard of it. */
  #keepLease(claim: Granted, controller: AbortController): Timer {
    const { clock, leaseMs, claiming, log } = this.#parts;
    let renewedAt = clock.monotonic();
    let isRenewing = false;
    const renew = async (): Promise<void> => {
      if (isRenewing) return;
      isRenewing = true;
      const askedAt = clock.monotonic();
      try {
        if (await claiming.renew(claim)) renewedAt = askedAt;
        else controller.abort(takenOver(claim.task.id));
      } catch (error) {
        // A task that was removed while it runs has no lease any more, and nobody who could take the run over.
        if (isRaptorFlowError(error, 'not_found')) return;
        log.warn('The lease of a run could not be renewed; it is tried again.', {
          task: claim.task.id,
          error,
        });
        if (clock.monotonic() - renewedAt >= leaseMs) controller.abort(toRaptorFlowError(error));
      } finally {
        isRenewing = false;
      }
    };
    return clock.setInterval(() => void renew(), leaseMs * renewShare).unref();
  }
}

function nameOf(taskId: string, { key }: Cause): string {
  return `${taskId} ${key}`;
}

/** Whether another process can make something of a run that was not ended: one by hand has nobody who waits for it any more. */
export function isRepeatable({ key }: Cause): boolean {
  return key.startsWith('at:') || key.startsWith('event:');
}
