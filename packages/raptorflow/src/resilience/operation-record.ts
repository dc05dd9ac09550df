import { Sketch } from '../metrics/index.ts';
import type { OperationMeters } from './operation-meters.ts';
import { RollingWindow } from './rolling-window.ts';

const [callsColumn, failuresColumn, busyMsColumn] = [0, 1, 2];
const windowMs = 300_000;
/** The smallest duration told apart, in milliseconds. */
const lowestMs = 1e-3;

/** Who is told of calls that ended, besides the record itself. */
export interface CallListener {
  /** `durationMs` is without waits; `error` is what the call failed with, or undefined. */
  callEnded(
    operation: string,
    durationMs: number,
    attempts: number,
    failure: { readonly error: unknown } | undefined,
  ): void;
}

/** What a record is made with. */
export interface RecordParts {
  readonly meters: OperationMeters | undefined;
  /** Told of every call that ended. */
  readonly everyCall: CallListener | undefined;
  /** Told of failed calls only. */
  readonly failedCalls: CallListener | undefined;
}

/** The calls of the last five minutes. */
export interface RecentCalls {
  readonly calls: number;
  readonly failures: number;
  /** Average time of one call without waits; 0 without calls. */
  readonly averageMs: number;
}

/**
 * What an operation has done. At every moment calls = successes + failures + running, and attempts = retries + the first attempts of calls that
 * were let through; a call that the breaker or the bulkhead refused has no attempt and is a failure.
 */
export class OperationRecord {
  readonly name: string;
  calls = 0;
  attempts = 0;
  retries = 0;
  successes = 0;
  failures = 0;
  /** Failed calls that made no attempt at all, as when a circuit or a bulkhead refused them. */
  refused = 0;
  /** Retries that the budget did not allow. */
  retriesDenied = 0;
  /** Failed calls that a fallback answered. */
  fallbacks = 0;
  consecutiveFailures = 0;
  /** The clock's monotonic time of the first failure of the row; undefined without one. */
  failingSince: number | undefined = undefined;
  lastSuccessAt: number | undefined = undefined;
  lastFailureAt: number | undefined = undefined;
  /** Of single attempts. */
  attemptMs: Sketch = new Sketch(lowestMs);
  /** Of whole calls, their waits left out. */
  callMs: Sketch = new Sketch(lowestMs);
  /** Names of the circuits that its calls have asked, as long as those are kept. */
  readonly circuits: Set<string> = new Set();
  readonly #recent = new RollingWindow(windowMs, 3);
  readonly #parts: RecordParts;
  readonly #meters: OperationMeters | undefined;

  constructor(name: string, parts: RecordParts) {
    this.name = name;
    this.#parts = parts;
    this.#meters = parts.meters;
  }

  get running(): number {
    return this.calls - this.successes - this.failures;
  }

  called(): void {
    this.calls += 1;
    this.#meters?.calls.add();
  }

  attempted(number: number): void {
    this.attempts += 1;
    this.#meters?.attempts.add();
    if (number > 1) {
      this.retries += 1;
      this.#meters?.retries.add();
    }
  }

  attemptEnded(tookMs: number): void {
    this.attemptMs.record(tookMs);
    this.#meters?.attemptMs.record(tookMs);
  }

  succeeded(now: number, busyMs: number, attempts: number): void {
    this.successes += 1;
    this.consecutiveFailures = 0;
    this.failingSince = undefined;
    this.lastSuccessAt = now;
    this.callMs.record(busyMs);
    this.#recent.add(now, callsColumn, 1);
    this.#recent.add(now, busyMsColumn, busyMs);
    this.#meters?.successes.add();
    this.#parts.everyCall?.callEnded(this.name, busyMs, attempts, undefined);
  }

  /** A call that its own caller cancelled is a failure too, but says nothing about the health of the operation. */
  failed(now: number, busyMs: number, attempts: number, error: unknown, cancelled: boolean): void {
    this.failures += 1;
    this.#meters?.failures.add();
    if (attempts === 0) this.refused += 1;
    // A call without an attempt took no time, and would make the average look better than it is.
    else this.callMs.record(busyMs);
    const failure = { error };
    this.#parts.everyCall?.callEnded(this.name, busyMs, attempts, failure);
    if (cancelled) return;
    this.lastFailureAt = now;
    this.consecutiveFailures += 1;
    this.failingSince ??= now;
    this.#recent.add(now, callsColumn, 1);
    this.#recent.add(now, failuresColumn, 1);
    this.#recent.add(now, busyMsColumn, busyMs);
    this.#parts.failedCalls?.callEnded(this.name, busyMs, attempts, failure);
  }

  recent(now: number): RecentCalls {
    const calls = this.#recent.sum(now, callsColumn);
    const averageMs = calls === 0 ? 0 : this.#recent.sum(now, busyMsColumn) / calls;
    return { calls, failures: this.#recent.sum(now, failuresColumn), averageMs };
  }

  /** Forgets all figures, except the calls under way: they count as made now. */
  reset(): void {
    const attempting = this.attempts - this.retries - this.successes - (this.failures - this.refused);
    this.calls = this.running;
    this.attempts = attempting;
    this.retries = this.successes = this.failures = this.refused = 0;
    this.retriesDenied = this.fallbacks = this.consecutiveFailures = 0;
    this.failingSince = this.lastSuccessAt = this.lastFailureAt = undefined;
    this.attemptMs = new Sketch(lowestMs);
    this.callMs = new Sketch(lowestMs);
    this.#recent.clear();
  }
}
