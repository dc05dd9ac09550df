import { systemClock, type Clock, type Random } from '../kernel/index.ts';
import type { Meter } from '../metrics/index.ts';
import type { Attempt } from './attempt.ts';
import { exponentialBackoff, type Backoff } from './backoff.ts';
import { createBreaker, type Breaker, type BreakerChange } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { Call, type CallParts, type CallPlan } from './call.ts';
import { classify as classifyError, type Classification } from './classification.ts';
import type { EngineSettings } from './engine-settings.ts';
import type { ExecuteOptions } from './execute-options.ts';
import { operationMeters, type OperationMeters } from './operation-meters.ts';
import { OperationRecord, type CallListener } from './operation-record.ts';
import { RetryBudget } from './retry-budget.ts';
import { TimerWheel } from './timer-wheel.ts';

/** What the engine works with. */
export interface EngineDeps {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Absent: no instruments. */
  readonly meter?: Meter | undefined;
  readonly onBreakerChange?: ((change: BreakerChange) => void) | undefined;
  readonly everyCall?: CallListener | undefined;
  readonly failedCalls?: CallListener | undefined;
}

/** What the calls of one operation share. */
interface Operation {
  readonly name: string;
  /** That of calls without options of their own; made at the first of them. */
  plan: CallPlan | undefined;
  readonly budget: RetryBudget | undefined;
  readonly record: OperationRecord | undefined;
}

const noRetries: Backoff = Object.freeze({ retriesMax: 0, delayMs: () => undefined });
const noOptions: ExecuteOptions = Object.freeze({});
/** The name under which operations beyond the limit are counted together. */
const otherName = 'other';

/** Makes calls. One plan for each operation, so that a call without options of its own resolves nothing. */
export class Engine {
  readonly clock: Clock;
  readonly records: OperationRecord[] = [];
  readonly #parts: CallParts;
  readonly #settings: EngineSettings;
  readonly #deps: EngineDeps;
  readonly #backoff: Backoff;
  readonly #judge: (error: unknown) => Classification;
  readonly #operations = new Map<string, Operation>();
  readonly #breakers = new Map<string, Breaker>();
  readonly #trips = new Map<string, number>();
  readonly #bulkheads: ReadonlyMap<string, Bulkhead>;
  readonly #meters: ((operation: string) => OperationMeters) | undefined;
  readonly #onChange: (change: BreakerChange) => void;

  constructor(settings: EngineSettings, deps: EngineDeps) {
    this.clock = deps.clock ?? systemClock;
    this.#parts = { clock: this.clock, wheel: new TimerWheel(this.clock) };
    this.#settings = settings;
    this.#deps = deps;
    const random = deps.random === undefined ? {} : { random: deps.random };
    this.#backoff = settings.retry === false ? noRetries : exponentialBackoff(settings.retry, random);
    this.#judge = (error) => classifyError(error, this.clock);
    this.#bulkheads = new Map(
      Object.entries(settings.bulkheads).map(([name, limits]) => [name, new Bulkhead(name, limits)]),
    );
    this.#meters = deps.meter && operationMeters(deps.meter);
    const changes = deps.meter?.counter({
      name: 'breaker_changes',
      unit: 'changes',
      description: 'Changes of state of circuit breakers.',
      category: 'reliability',
    });
    this.#onChange = (change) => {
      changes?.with({ breaker: change.name, to: change.to }).add();
      // A call under way may still hold a breaker that is forgotten here.
      if (change.to === 'open' && this.#breakers.has(change.name)) {
        this.#trips.set(change.name, this.tripsOf(change.name) + 1);
      }
      deps.onBreakerChange?.(change);
    };
    // Made once at construction so that wrong options are refused here and not at the first call.
    createBreaker('options', settings.breaker);
  }

  execute<T>(
    operation: string,
    fn: (attempt: Attempt) => Promise<T>,
    options: ExecuteOptions = noOptions,
  ): Promise<T> {
    const known = options === noOptions ? this.#operations.get(operation)?.plan : undefined;
    return new Promise<T>((resolve, reject) => {
      new Call(this.#parts, known ?? this.#planOf(operation, options), fn, resolve, reject).begin();
    });
  }

  /** What is known of an operation, made at its first call; undefined when nothing is recorded. */
  recordOf(operation: string): OperationRecord | undefined {
    return (this.#operations.get(operation) ?? this.#operation(operation)).record;
  }

  /** The breaker of the operation's own name, as its own. */
  breakerOf(operation: string): Breaker {
    this.recordOf(operation)?.circuits.add(operation);
    return this.breaker(operation);
  }

  breaker(name: string): Breaker {
    const known = this.#breakers.get(name);
    if (known) return known;
    if (this.#breakers.size >= this.#settings.breakersMax) this.#forgetOne();
    const breaker = createBreaker(name, this.#settings.breaker, {
      clock: this.clock,
      onChange: this.#onChange,
    });
    this.#breakers.set(name, breaker);
    return breaker;
  }

  /** How often the breaker of this name has opened, as long as it is kept. */
  tripsOf(name: string): number {
    return this.#trips.get(name) ?? 0;
  }

  /** Sets the figures of everything back to nothing done; breakers keep their state. */
  resetFigures(): void {
    this.#trips.clear();
    for (const record of this.records) record.reset();
  }

  breakers(): Breaker[] {
    return [...this.#breakers.values()];
  }

  #operation(name: string): Operation {
    const { operationsMax, retryBudget } = this.#settings;
    const full = this.#operations.size >= operationsMax && name !== otherName;
    if (full) return this.#operations.get(otherName) ?? this.#operation(otherName);
    const record =
      this.#deps.everyCall || this.#deps.failedCalls || this.#meters ? this.#record(name) : undefined;
    const operation: Operation = {
      name,
      plan: undefined,
      budget: retryBudget === false ? undefined : new RetryBudget(retryBudget),
      record,
    };
    this.#operations.set(name, operation);
    return operation;
  }

  #record(name: string): OperationRecord {
    const { everyCall, failedCalls } = this.#deps;
    const record = new OperationRecord(name, { meters: this.#meters?.(name), everyCall, failedCalls });
    this.records.push(record);
    return record;
  }

  #planOf(name: string, options: ExecuteOptions): CallPlan {
    const operation = this.#operations.get(name) ?? this.#operation(name);
    const { budget, record } = operation;
    const { breaker = name, bulkhead = name, persistent = false, retry } = options;
    if (breaker !== false) record?.circuits.add(breaker);
    const plan: CallPlan = {
      operation: name,
      breaker: breaker === false ? undefined : this.breaker(breaker),
      bulkhead: bulkhead === false ? undefined : this.#bulkheads.get(bulkhead),
      budget: persistent ? undefined : budget,
      record,
      waitsForCircuit: persistent,
      backoff: retry === undefined ? this.#backoff : retry === false ? noRetries : retry,
      judge: options.classify ?? this.#judge,
      timeoutMs: options.timeoutMs ?? this.#settings.timeoutMs,
      deadlineMs: options.deadlineMs,
      signal: options.signal,
    };
    // Operations beyond the limit share one entry, but not their breakers.
    if (options === noOptions && operation.name === name) operation.plan = plan;
    return plan;
  }

  #forgetOne(): void {
    let oldest: string | undefined;
    for (const [name, breaker] of this.#breakers) {
      oldest ??= name;
      if (breaker.state().kind === 'closed') {
        oldest = name;
        break;
      }
    }
    if (oldest === undefined) return;
    this.#breakers.delete(oldest);
    this.#trips.delete(oldest);
    for (const record of this.records) record.circuits.delete(oldest);
    // The next call of that operation makes its plan anew, with a breaker that is known here.
    const operation = this.#operations.get(oldest);
    if (operation) operation.plan = undefined;
  }
}
