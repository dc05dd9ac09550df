import { z } from 'zod';
import { parseOptions, RaptorFlowError, systemClock, type Clock } from '../kernel/index.ts';
import { OutcomeWindow } from './outcome-window.ts';

/**
 * The states of a breaker, in the clock's monotonic milliseconds.
 *
 * - `closed`: every call may pass. `failuresToOpen` failures in a row lead to open; a success sets the count back to 0. With a window, so
 *   does a rate of failed or slow calls at or above its limit.
 * - `open`: no call passes until `until`; the first that asks then finds half-open. Results of earlier calls change nothing.
 * - `half-open`: at most `probesMax` calls pass at a time, and never more than are still needed to close. `successesToClose` successes
 *   lead to closed, one failure to open. A cancelled probe gives its place back. A probe unsettled after `probeMs` counts as failed.
 * - `isolated`: no call passes until `reset`.
 */
export type BreakerState =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly since: number; readonly until: number }
  | {
      readonly kind: 'half-open';
      readonly since: number;
      readonly probes: number;
      readonly successes: number;
    }
  | { readonly kind: 'isolated'; readonly since: number };

/** The name of a breaker's state. */
export type BreakerStateKind = BreakerState['kind'];

/** A second reason to open: the share of failed or slow calls among those of the last time. */
export interface BreakerWindowOptions {
  /** The last so many milliseconds, moved on in tenths. Default 10,000. */
  readonly windowMs?: number;
  /** Fewer calls than this in the window open nothing. Default 20. */
  readonly callsMin?: number;
  /** Failed calls as a fraction at which it opens. Default 0.5. */
  readonly failureRate?: number;
  /** A call that takes longer is slow. Default: none is. */
  readonly slowMs?: number;
  /** Slow calls as a fraction at which it opens. Default 1. */
  readonly slowRate?: number;
}

/** Options of a breaker; all optional. */
export interface BreakerOptions {
  /** Failures in a row that open it; false for no such limit. Default 5. */
  readonly failuresToOpen?: number | false;
  /** Opens it by rates, too. Default: no window. */
  readonly window?: BreakerWindowOptions;
  /** How long it stays open before probes. Default 60,000. */
  readonly openMs?: number;
  /** Probes under way at a time while half-open. Default 3. */
  readonly probesMax?: number;
  /** Successful probes that close it. Default 3. */
  readonly successesToClose?: number;
  /** How long a probe may take before it counts as failed. Default 60,000. */
  readonly probeMs?: number;
}

/** A change of state. */
export interface BreakerChange {
  readonly name: string;
  readonly from: BreakerStateKind;
  readonly to: BreakerStateKind;
}

/** What a breaker needs from outside. */
export interface BreakerDeps {
  readonly clock?: Clock;
  /** Told of every change of state, inside the call that caused it; must not throw. */
  readonly onChange?: (change: BreakerChange) => void;
}

/** Leave to make one call; hand it back exactly once, with the result. */
export type BreakerPermit = number;

/** Stops calls to something that keeps failing. Ask before every attempt; settle every permit. */
export interface Breaker {
  readonly name: string;
  /** The present state. */
  state(): BreakerState;
  /** Leave for one call. Throws `circuit_open` with `retryAfterMs`, the time to the next probe. */
  acquire(): BreakerPermit;
  /** The call succeeded. How long it took decides whether it was slow. */
  succeed(permit: BreakerPermit, tookMs?: number): void;
  /** The call failed in a way that speaks against the other side. */
  fail(permit: BreakerPermit, tookMs?: number): void;
  /** The call ended without saying anything about the other side, as when it was cancelled. */
  release(permit: BreakerPermit): void;
  /** Refuses every call until `reset`. */
  isolate(): void;
  /** Closes it and forgets all failures. */
  reset(): void;
}

type Inner =
  | { readonly kind: 'closed'; readonly permit: BreakerPermit; failures: number }
  | { readonly kind: 'open'; readonly since: number; readonly until: number }
  | {
      readonly kind: 'half-open';
      readonly since: number;
      /** Permit → when it was given. */
      readonly probes: Map<BreakerPermit, number>;
      successes: number;
    }
  | { readonly kind: 'isolated'; readonly since: number };

const fraction = z.number().positive().max(1);
const windowSchema = z.strictObject({
  windowMs: z.number().positive().default(10_000),
  callsMin: z.int().positive().default(20),
  failureRate: fraction.default(0.5),
  slowMs: z.number().positive().default(Number.POSITIVE_INFINITY),
  slowRate: fraction.default(1),
});
const optionsSchema = z.strictObject({
  failuresToOpen: z.union([z.int().positive(), z.literal(false)]).default(5),
  window: windowSchema.optional(),
  openMs: z.number().positive().default(60_000),
  probesMax: z.int().positive().default(3),
  successesToClose: z.int().positive().default(3),
  probeMs: z.number().positive().default(60_000),
});

type Settings = Readonly<z.output<typeof optionsSchema>>;

/** Builds a breaker, closed. Throws `invalid_options`. */
export function createBreaker(name: string, options: BreakerOptions = {}, deps: BreakerDeps = {}): Breaker {
  return new StateBreaker(name, parseOptions(`The breaker "${name}"`, optionsSchema, options), deps);
}

class StateBreaker implements Breaker {
  readonly name: string;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #onChange: ((change: BreakerChange) => void) | undefined;
  readonly #outcomes: OutcomeWindow | undefined;
  readonly #failuresToOpen: number;
  #permits = 1;
  #inner: Inner = { kind: 'closed', permit: 1, failures: 0 };

  constructor(name: string, settings: Settings, deps: BreakerDeps) {
    this.name = name;
    this.#settings = settings;
    this.#clock = deps.clock ?? systemClock;
    this.#onChange = deps.onChange;
    this.#outcomes = settings.window && new OutcomeWindow(settings.window);
    this.#failuresToOpen = settings.failuresToOpen || Number.POSITIVE_INFINITY;
  }

  state(): BreakerState {
    return publicState(this.#present(this.#clock.monotonic()));
  }

  acquire(): BreakerPermit {
    if (this.#inner.kind === 'closed') return this.#inner.permit;
    const now = this.#clock.monotonic();
    const present = this.#present(now);
    if (present.kind === 'closed') return present.permit;
    if (present.kind === 'open') throw this.#refusal('open after repeated failures', present.until - now);
    if (present.kind === 'isolated') throw this.#refusal('isolated by an operator');
    const { probesMax, successesToClose } = this.#settings;
    if (present.probes.size >= Math.min(probesMax, successesToClose - present.successes)) {
      throw this.#refusal(
        'being probed',
        Math.min(...present.probes.values()) + this.#settings.probeMs - now,
      );
    }
    this.#permits += 1;
    present.probes.set(this.#permits, now);
    return this.#permits;
  }

  succeed(permit: BreakerPermit, tookMs = 0): void {
    const inner = this.#inner;
    if (inner.kind === 'closed') {
      if (permit !== inner.permit) return;
      inner.failures = 0;
      if (this.#outcomes !== undefined) this.#note(this.#outcomes, false, tookMs);
    } else if (inner.kind === 'half-open' && inner.probes.delete(permit)) {
      inner.successes += 1;
      if (inner.successes >= this.#settings.successesToClose) this.reset();
    }
  }

  fail(permit: BreakerPermit, tookMs = 0): void {
    const inner = this.#inner;
    if (inner.kind === 'closed') {
      if (permit !== inner.permit) return;
      inner.failures += 1;
      if (inner.failures >= this.#failuresToOpen) this.#open(this.#clock.monotonic());
      else if (this.#outcomes !== undefined) this.#note(this.#outcomes, true, tookMs);
    } else if (inner.kind === 'half-open' && inner.probes.has(permit)) {
      this.#open(this.#clock.monotonic());
    }
  }

  release(permit: BreakerPermit): void {
    if (this.#inner.kind === 'half-open') this.#inner.probes.delete(permit);
  }

  isolate(): void {
    if (this.#inner.kind !== 'isolated') this.#change({ kind: 'isolated', since: this.#clock.monotonic() });
  }

  reset(): void {
    this.#permits += 1;
    this.#outcomes?.clear();
    this.#change({ kind: 'closed', permit: this.#permits, failures: 0 });
  }

  #note(outcomes: OutcomeWindow, failed: boolean, tookMs: number): void {
    const now = this.#clock.monotonic();
    if (outcomes.note(now, failed, tookMs)) this.#open(now);
  }

  /** The state once what time alone changes has been applied. */
  #present(now: number): Inner {
    const inner = this.#inner;
    if (inner.kind === 'open' && now >= inner.until) {
      return this.#change({ kind: 'half-open', since: now, probes: new Map(), successes: 0 });
    }
    if (inner.kind === 'half-open' && inner.probes.size > 0) {
      if (now - Math.min(...inner.probes.values()) >= this.#settings.probeMs) return this.#open(now);
    }
    return inner;
  }

  #open(now: number): Inner {
    return this.#change({ kind: 'open', since: now, until: now + this.#settings.openMs });
  }

  #change(next: Inner): Inner {
    const from = this.#inner.kind;
    this.#inner = next;
    if (from !== next.kind) this.#onChange?.({ name: this.name, from, to: next.kind });
    return next;
  }

  #refusal(why: string, retryAfterMs?: number): RaptorFlowError {
    const wait = retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs };
    return new RaptorFlowError(
      'circuit_open',
      `The circuit "${this.name}" is ${why}; the call was not made.`,
      {
        details: { circuit: this.name, ...wait },
        retryable: retryAfterMs !== undefined,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      },
    );
  }
}

function publicState(inner: Inner): BreakerState {
  if (inner.kind === 'closed') return { kind: 'closed', failures: inner.failures };
  if (inner.kind !== 'half-open') return inner;
  const { since, probes, successes } = inner;
  return { kind: 'half-open', since, probes: probes.size, successes };
}
