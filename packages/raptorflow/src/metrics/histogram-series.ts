import type { Clock } from '../kernel/index.ts';
import type { Drops } from './diagnosis.ts';
import type { BoundTimer, ExemplarOrigin, RunningTimer } from './instrument.ts';
import { Series, type Fold, type TagPairs } from './series.ts';
import type { Exemplar } from './snapshot.ts';
import { bucketOf, Sketch, type HistogramValue, type Percentile } from './sketch.ts';

/** What the series of one histogram share. */
export interface HistogramContext {
  readonly lowest: number;
  /** The bucket numbers of the classic bounds, ascending. */
  readonly bands: Int32Array;
  /** Milliseconds of one unit, for a histogram that is a timer. */
  readonly unitMs: number;
  readonly drops: Drops;
  readonly clock: Clock;
}

const correlationCharactersMax = 100;

/** The series of a histogram or timer. */
export class HistogramSketchSeries extends Series<HistogramSketchSeries> implements BoundTimer {
  /** Undefined while it is folded. */
  #sketch: Sketch | undefined;
  #exemplars: (Exemplar | undefined)[] | undefined;
  readonly #context: HistogramContext;

  constructor(
    pairs: TagPairs,
    key: string,
    fold: Fold<HistogramSketchSeries> | undefined,
    context: HistogramContext,
  ) {
    super(pairs, key, fold);
    this.#context = context;
    if (fold === undefined) this.#sketch = new Sketch(context.lowest);
  }

  record(value: number, origin?: ExemplarOrigin): void {
    if (this.#sketch === undefined) {
      this.#recordAway(value, origin);
      return;
    }
    if (!this.#sketch.record(value)) this.#context.drops.note(value);
    else if (origin !== undefined) this.#noteExemplar(value, origin);
  }

  percentile(p: number): Percentile | undefined {
    const seat = this.fold?.seatOf(this, 0) ?? this;
    return seat.read().percentile(p);
  }

  start(): RunningTimer {
    const { clock, unitMs } = this.#context;
    const begunAt = clock.monotonic();
    let took: number | undefined;
    const stop = (origin?: ExemplarOrigin): number => {
      if (took === undefined) {
        took = Math.max(0, clock.monotonic() - begunAt) / unitMs;
        this.record(took, origin);
      }
      return took;
    };
    return { stop, [Symbol.dispose]: () => void stop() };
  }

  using<T>(work: () => T, origin?: ExemplarOrigin): T {
    const running = this.start();
    let result: T;
    try {
      result = work();
    } catch (error) {
      running.stop(origin);
      throw error;
    }
    if (!isThenable(result)) {
      running.stop(origin);
      return result;
    }
    const stop = (): void => void running.stop(origin);
    // A branch of its own, so that the caller gets the very promise that `work` made.
    result.then(stop, stop);
    return result;
  }

  override get ownWeight(): number {
    return this.#sketch?.count ?? 0;
  }

  override moveInto(other: HistogramSketchSeries): void {
    if (this.#sketch) other.#sketch?.merge(this.#sketch.value());
    for (const [band, exemplar] of this.#exemplars?.entries() ?? []) {
      const there = other.#exemplars?.[band];
      if (exemplar && (there === undefined || there.at <= exemplar.at)) other.#keepExemplar(band, exemplar);
    }
    this.#sketch = undefined;
    this.#exemplars = undefined;
  }

  /** The distribution itself, to be read at once. */
  override read(): Sketch {
    return (this.#sketch ??= new Sketch(this.#context.lowest));
  }

  /** A copy of the distribution. */
  value(): HistogramValue {
    return this.read().value();
  }

  /** The last exemplar of each band; undefined for a band, or altogether, without one. The last band is above all bounds. */
  get exemplars(): readonly (Exemplar | undefined)[] | undefined {
    return this.#exemplars;
  }

  #recordAway(value: number, origin: ExemplarOrigin | undefined): void {
    const valid = typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
    if (!valid) {
      this.#context.drops.note(value);
      return;
    }
    const seat = this.fold?.seatOf(this, 1) ?? this;
    seat.read();
    seat.record(value, origin);
  }

  #noteExemplar(value: number, origin: ExemplarOrigin): void {
    // Callers without types may hand over anything.
    const correlationId: unknown = (origin as ExemplarOrigin | null)?.correlationId;
    if (typeof correlationId !== 'string' || correlationId === '') return;
    const { bands, clock } = this.#context;
    const bucket = value === 0 ? 0 : bucketOf(value);
    let band = 0;
    while (band < bands.length && bucket > (bands[band] ?? 0)) band += 1;
    const text = correlationId.slice(0, correlationCharactersMax);
    this.#keepExemplar(band, { value, correlationId: text, at: clock.now() });
  }

  #keepExemplar(band: number, exemplar: Exemplar): void {
    this.#exemplars ??= Array.from({ length: this.#context.bands.length + 1 }, () => undefined);
    this.#exemplars[band] = exemplar;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
