import { RaptorFlowError, type Clock, type Timer } from '../../kernel/index.ts';
import type { Plan } from './plan.ts';
import type { Taken } from './store.ts';

/** A request that waits for room. */
export interface WaitingRequest {
  readonly plan: Plan;
  readonly amount: number;
  readonly maxima: readonly number[];
  readonly signal: AbortSignal | undefined;
  readonly waitMs: number;
}

/** What the wait came to: an answer of the store, none in time, or that quotas are not what they were. */
export type WaitOutcome =
  | { readonly kind: 'answered'; readonly taken: Taken }
  | { readonly kind: 'expired' | 'changed' };

/** What the lines need. */
export interface LinesHost {
  readonly clock: Clock;
  readonly waitersMax: number;
  /** How often to look for room that this process does not hear of; null when there is no such room. */
  readonly pollMs: number | null;
  attempt(plan: Plan, amount: number, maxima: readonly number[]): Taken | Promise<Taken>;
  /** Gives back what a request got that nobody wants any more. */
  giveBack(plan: Plan, amount: number, taken: Taken): void;
}

/**
 * A waiter is `waiting` in its line, `trying` while it is the first and the store is asked, and `left` once it has its outcome. While it tries, the end
 * of its time or its signal is only noted (`ending`), because the store may grant it yet.
 */
interface Waiter {
  readonly request: WaitingRequest;
  state: 'waiting' | 'trying' | 'left';
  ending: 'expired' | 'cancelled' | 'changed' | null;
  settle(outcome: WaitOutcome | RaptorFlowError): void;
}

interface Line {
  readonly key: string;
  readonly waiters: Set<Waiter>;
  /** The counter that refused the first one. */
  blockedBy: string;
  /** Room may have come since the store was asked last. */
  isRipe: boolean;
  resume: (() => void) | null;
}

/**
 * The requests that wait for room, in one line for each counter: first come, first served, and a large request is not passed by small ones. Only the
 * first of a line asks the store. Lines are those of one process.
 */
export class Lines {
  readonly #host: LinesHost;
  readonly #lines = new Map<string, Line>();
  #waiting = 0;

  constructor(host: LinesHost) {
    this.#host = host;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** The place of the first counter of a plan that has a line, or −1. */
  placeIn(plan: Plan): number {
    if (this.#lines.size === 0) return -1;
    return plan.counters.findIndex(({ key }) => this.#lines.has(key));
  }

  /** Waits in the line of a counter. Rejects with `exhausted` beyond `waitersMax`, with `cancelled`, and with what the store fails with. */
  join(key: string, request: WaitingRequest): Promise<WaitOutcome> {
    const { waitersMax } = this.#host;
    if (this.#waiting >= waitersMax) {
      throw new RaptorFlowError(
        'exhausted',
        `${waitersMax} requests wait for quotas already; ask again later, or raise waitersMax.`,
        { details: { waitersMax } },
      );
    }
    return new Promise((resolve, reject) => {
      const line = this.#lines.get(key) ?? this.#open(key);
      this.#add(line, request, (outcome) => {
        if (outcome instanceof RaptorFlowError) reject(outcome);
        else resolve(outcome);
      });
    });
  }

  /** Usage of a counter has gone down. */
  wake(key: string): void {
    if (this.#lines.size === 0) return;
    for (const line of this.#lines.values()) {
      if (line.key === key || line.blockedBy === key) ripen(line);
    }
  }

  /** Quotas have changed: everybody leaves, in the order of the lines, to ask anew. */
  disperse(): void {
    for (const line of this.#lines.values()) {
      for (const waiter of line.waiters) {
        if (waiter.state === 'trying') waiter.ending ??= 'changed';
        else waiter.settle({ kind: 'changed' });
      }
    }
  }

  /** Everybody leaves with an error. */
  stop(error: RaptorFlowError): void {
    for (const line of this.#lines.values()) {
      for (const waiter of line.waiters) waiter.settle(error);
      ripen(line);
    }
  }

  #open(key: string): Line {
    const line: Line = { key, waiters: new Set(), blockedBy: key, isRipe: true, resume: null };
    this.#lines.set(key, line);
    return line;
  }

  #add(line: Line, request: WaitingRequest, answer: (outcome: WaitOutcome | RaptorFlowError) => void): void {
    const { signal } = request;
    let timer: Timer | undefined = undefined;
    const leave = (why: 'expired' | 'cancelled'): void => {
      if (waiter.state === 'trying') waiter.ending = why;
      else waiter.settle(why === 'expired' ? { kind: 'expired' } : cancelled(signal));
    };
    const onAbort = (): void => leave('cancelled');
    const waiter: Waiter = {
      request,
      state: 'waiting',
      ending: null,
      settle: (outcome) => {
        if (waiter.state === 'left') return;
        waiter.state = 'left';
        timer?.cancel();
        signal?.removeEventListener('abort', onAbort);
        line.waiters.delete(waiter);
        this.#waiting -= 1;
        // Whoever comes next may ask for less.
        ripen(line);
        answer(outcome);
      },
    };
    const isFirst = line.waiters.size === 0;
    line.waiters.add(waiter);
    this.#waiting += 1;
    timer = this.#host.clock.setTimeout(() => leave('expired'), request.waitMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) leave('cancelled');
    if (isFirst) void this.#serve(line);
  }

  async #serve(line: Line): Promise<void> {
    for (let waiter = first(line); waiter; waiter = first(line)) {
      if (line.isRipe) await this.#ask(line, waiter);
      else await this.#pause(line, waiter);
    }
    if (this.#lines.get(line.key) === line) this.#lines.delete(line.key);
  }

  async #ask(line: Line, waiter: Waiter): Promise<void> {
    const { plan, amount, maxima, signal } = waiter.request;
    line.isRipe = false;
    waiter.state = 'trying';
    let taken: Taken;
    try {
      taken = await this.#host.attempt(plan, amount, maxima);
    } catch (error) {
      waiter.settle(error as RaptorFlowError);
      return;
    }
    // Whoever was sent away by `stop` meanwhile has its outcome.
    const isGone = hasLeft(waiter);
    if (taken.refusedBy < 0 && (isGone || waiter.ending === 'cancelled')) {
      this.#host.giveBack(plan, amount, taken);
    }
    if (isGone) return;
    waiter.state = 'waiting';
    if (waiter.ending === 'cancelled') waiter.settle(cancelled(signal));
    else if (taken.refusedBy < 0 || !this.#mayWait(line, plan, taken)) {
      waiter.settle({ kind: 'answered', taken });
    } else if (waiter.ending !== null) waiter.settle({ kind: waiter.ending });
  }

  /** Whether a refusal is one to wait over in this line; any other belongs to the request itself. */
  #mayWait(line: Line, plan: Plan, taken: Taken): boolean {
    const blocked = plan.counters[taken.refusedBy];
    const action = plan.quotas[taken.refusedBy]?.quota.action;
    if (blocked === undefined || (action !== 'throttle' && action !== 'queue')) return false;
    line.blockedBy = blocked.key;
    return true;
  }

  async #pause(line: Line, waiter: Waiter): Promise<void> {
    const { clock, pollMs } = this.#host;
    const now = clock.now();
    const blocked = waiter.request.plan.counters.find(({ key }) => key === line.blockedBy);
    const untilEnd = blocked?.clock ? blocked.clock.at(now).end - now : Number.POSITIVE_INFINITY;
    const delayMs = Math.min(untilEnd, pollMs ?? Number.POSITIVE_INFINITY);
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(delayMs) ? clock.setTimeout(() => ripen(line), delayMs) : null;
      line.resume = () => {
        timer?.cancel();
        line.resume = null;
        resolve();
      };
    });
  }
}

function first(line: Line): Waiter | undefined {
  return line.waiters.values().next().value;
}

function hasLeft({ state }: Waiter): boolean {
  return state === 'left';
}

function ripen(line: Line): void {
  line.isRipe = true;
  line.resume?.();
}

function cancelled(signal: AbortSignal | undefined): RaptorFlowError {
  return new RaptorFlowError('cancelled', 'The wait for a quota was cancelled; nothing was taken.', {
    cause: signal?.reason,
  });
}
