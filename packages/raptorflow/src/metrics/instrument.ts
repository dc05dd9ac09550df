import type { CustomKind } from './custom-kind.ts';
import type {
  GaugeDefinition,
  HistogramDefinition,
  InstrumentDefinition,
  RateDefinition,
  Tags,
  TimerDefinition,
} from './definition.ts';
import type { Percentile } from './sketch.ts';

/** One series of a counter. Calls never throw and allocate nothing. */
export interface BoundCounter {
  /** Adds a finite amount that is not negative (default 1); anything else is dropped and counted. */
  add(amount?: number): void;
}

/** A value that only grows. Called directly, it records the series without tags. */
export interface Counter extends BoundCounter {
  /** The series of these tags; keep the handle where calls are hot. Never throws. */
  with(tags: Tags): BoundCounter;
}

/** One series of a gauge. Calls never throw; `set` and `add` allocate nothing. */
export interface BoundGauge {
  /** Replaces the value; a value that is not finite is dropped and counted. */
  set(value: number): void;
  /** Changes the value by a finite amount, which may be negative. */
  add(amount: number): void;
  /**
   * Asks the callback for the value at every snapshot. A callback that throws or answers no finite number leaves the
   * last value and is counted as dropped. Returns a function that stops the observation.
   */
  observe(callback: () => number): () => void;
}

/** A value that goes up and down. Called directly, it records the series without tags. */
export interface Gauge extends BoundGauge {
  /** The series of these tags. Never throws. */
  with(tags: Tags): BoundGauge;
}

/** What one recorded value belongs to, so that a person who sees the value finds the story behind it. */
export interface ExemplarOrigin {
  /** The request id that everything caused by one request shares; cut at 100 characters. */
  readonly correlationId: string;
}

/** One series of a histogram. Calls never throw; `record` allocates nothing once the series has seen its range. */
export interface BoundHistogram {
  /**
   * Records a finite value that is not negative; anything else is dropped and counted. With an origin, the value is kept as the
   * exemplar of its band (the classic bucket that it falls into), in the place of the one before.
   */
  record(value: number, origin?: ExemplarOrigin): void;
  /** The p-th percentile (0 to 100) of everything recorded, with its error bound; undefined before the first value. */
  percentile(p: number): Percentile | undefined;
}

/** A distribution of values. Called directly, it records the series without tags. */
export interface Histogram extends BoundHistogram {
  /** The series of these tags. Never throws. */
  with(tags: Tags): BoundHistogram;
}

/** A measurement of time that has begun. Disposing of it (`using running = timer.start()`) stops it. */
export interface RunningTimer extends Disposable {
  /** Records the time since the start, once, and answers it in the timer's unit; later calls answer the same and record nothing. */
  stop(origin?: ExemplarOrigin): number;
}

/** One series of a timer: a histogram of durations. */
export interface BoundTimer extends BoundHistogram {
  /** Begins a measurement on the monotonic clock. */
  start(): RunningTimer;
  /**
   * Calls `work` and records how long it took, whether it succeeds or fails; a promise counts until it settles. Answers or throws
   * what `work` does.
   */
  using<T>(work: () => T, origin?: ExemplarOrigin): T;
}

/** A distribution of durations. Called directly, it records the series without tags. */
export interface Timer extends BoundTimer {
  /** The series of these tags. Never throws. */
  with(tags: Tags): BoundTimer;
}

/** One series of a rate. Calls never throw and allocate nothing. */
export interface BoundRate {
  /** Counts events now: a finite number that is not negative (default 1); anything else is dropped and counted. */
  mark(events?: number): void;
  /**
   * Events per second over the last `windowSeconds`, which must be one of the definition's windows; otherwise undefined. Before a
   * window has passed once, over the time since the series began.
   */
  perSecond(windowSeconds: number): number | undefined;
}

/** Events per second over windows of time. Called directly, it records the series without tags. */
export interface Rate extends BoundRate {
  /** The series of these tags. Never throws. */
  with(tags: Tags): BoundRate;
}

/** One series of a kind of one's own. */
export interface BoundCustom<Input> {
  /** Hands the input to the kind's `observe`. When that throws, the input is dropped and counted. */
  observe(input: Input): void;
}

/** An instrument of a kind of one's own. Called directly, it records the series without tags. */
export interface CustomInstrument<Input> extends BoundCustom<Input> {
  /** The series of these tags. Never throws. */
  with(tags: Tags): BoundCustom<Input>;
}

/**
 * The part of a registry that other rooms take as a dependency: it makes instruments. Asking twice for one name
 * gives the same instrument.
 *
 * Throws `invalid_options` for a malformed definition, `metric_conflict` when the name is taken by another kind, and `exhausted`
 * beyond the registry's number of metrics.
 */
export interface Meter {
  counter(definition: InstrumentDefinition): Counter;
  gauge(definition: GaugeDefinition): Gauge;
  histogram(definition: HistogramDefinition): Histogram;
  /** A histogram that also measures: `timer` and `histogram` of one name and unit share their series. */
  timer(definition: TimerDefinition): Timer;
  rate(definition: RateDefinition): Rate;
  /** An instrument of a kind that `defineInstrument` made. */
  custom<Input, State, Value>(
    kind: CustomKind<Input, State, Value>,
    definition: InstrumentDefinition,
  ): CustomInstrument<Input>;
}
