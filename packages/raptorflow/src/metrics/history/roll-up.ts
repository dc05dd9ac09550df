import type { SeriesKind } from './sampled.ts';
import { Accumulator } from './accumulator.ts';
import type { Point } from './point.ts';

/** The end of the step that a moment lies in; steps contain their end. */
export function stepEnd(at: number, stepMs: number): number {
  return Math.ceil(at / stepMs) * stepMs;
}

/** The step of a coarser resolution that a series is in: what has come together of it so far. */
export class RollUp {
  readonly stepMs: number;
  readonly #withSketch: boolean;
  readonly #accumulator = new Accumulator();
  #end = 0;

  constructor(stepMs: number, kind: SeriesKind) {
    this.stepMs = stepMs;
    this.#withSketch = kind !== 'counter';
  }

  get isEmpty(): boolean {
    return this.#accumulator.isEmpty;
  }

  /** Adds a point of the finer resolution. Answers the step before when this point begins another one. */
  add(point: Point): Point | undefined {
    const end = stepEnd(point.at, this.stepMs);
    const finished = end === this.#end ? undefined : this.take(Number.POSITIVE_INFINITY);
    this.#end = end;
    this.#accumulator.add(point, this.#withSketch);
    return finished;
  }

  /** The finished step, if it ends by now. It is given out once. */
  take(now: number): Point | undefined {
    if (this.#accumulator.isEmpty || this.#end > now) return undefined;
    const point = this.#accumulator.point(this.#end, this.#withSketch);
    this.#accumulator.clear();
    return point;
  }
}
