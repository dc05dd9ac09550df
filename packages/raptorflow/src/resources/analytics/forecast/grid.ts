import { RaptorFlowError } from '../../../kernel/index.ts';
import type { UsagePoint } from '../usage.ts';

/** A series on even steps that begins and ends with a value. */
export interface Grid {
  /** NaN where nothing was measured. */
  readonly values: Float64Array;
  readonly samples: number;
  readonly stepMs: number;
  /** The moment of the last value, epoch milliseconds. */
  readonly lastAt: number;
}

const stepsMax = 20_000;

/** Whether something was measured. */
export function isKnown({ value }: UsagePoint): boolean {
  return value !== null && Number.isFinite(value);
}

/** Lays points on even steps; the step is the middle one of their distances. Null for fewer than two values. Throws `invalid_input` for points out of order. */
export function gridOf(points: readonly UsagePoint[]): Grid | null {
  const known = points.filter(isKnown);
  const last = known.at(-1);
  if (!last || known.length < 2) return null;
  const distances = new Float64Array(points.length - 1);
  for (let index = 1; index < points.length; index += 1) {
    distances[index - 1] = (points[index]?.at ?? 0) - (points[index - 1]?.at ?? 0);
  }
  distances.sort();
  if (!((distances[0] ?? 0) > 0)) {
    throw new RaptorFlowError(
      'invalid_input',
      'The points of a forecast must be in the order of time, one for each moment; sort them.',
    );
  }
  const stepMs = distances[distances.length >> 1] ?? 0;
  const length = Math.min(stepsMax, Math.round((last.at - (known[0]?.at ?? 0)) / stepMs) + 1);
  const values = new Float64Array(length).fill(Number.NaN);
  for (const { at, value } of known) {
    const index = length - 1 - Math.round((last.at - at) / stepMs);
    if (index >= 0) values[index] = value ?? Number.NaN;
  }
  const samples = values.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  return { values, samples, stepMs, lastAt: last.at };
}
