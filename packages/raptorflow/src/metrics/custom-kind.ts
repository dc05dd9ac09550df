import { z } from 'zod';
import { parseOptions } from '../kernel/index.ts';
import type { Tags } from './definition.ts';

/** One number that a kind of one's own shows to Prometheus and OTLP. */
export interface ExposedSample {
  /** Appended to the metric's name with an underscore; empty for the metric itself. snake_case. */
  readonly suffix: string;
  /** A counter only grows; anything else is a gauge. One suffix has one type. */
  readonly type: 'counter' | 'gauge';
  readonly value: number;
  /** Its unit, where it is not the metric's: `1` for a number of observations. One suffix has one unit. */
  readonly unit?: string;
  /** Tags beside those of the series. */
  readonly tags?: Tags;
}

/**
 * A kind of metric of one's own. `State` is what a series holds, `Value` its content as plain data that survives JSON.
 *
 * `observe` takes one input into the state (undefined before the first) and answers the state to keep; it may change and return
 * the same object. `encode` gives the value, a copy. `merge` joins two values, of two processes or of two folded series, and must
 * be associative and commutative. `expose` turns a value into numbers.
 */
export interface CustomKind<Input, State, Value> {
  /** snake_case, unique; not the name of a kind that is built in. */
  readonly kind: string;
  observe(state: State | undefined, input: Input): State;
  merge(a: Value, b: Value): Value;
  encode(state: State): Value;
  expose(value: Value): readonly ExposedSample[];
}

const builtIn = new Set(['counter', 'gauge', 'histogram', 'timer', 'rate', 'custom']);
const callable = z.custom<(...input: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
);
const kindSchema = z.strictObject({
  kind: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,99}$/, 'must be snake_case, at most 100 characters')
    .refine((kind) => !builtIn.has(kind), 'is the name of a kind that is built in'),
  observe: callable,
  merge: callable,
  encode: callable,
  expose: callable,
});

/** Makes a kind of metric, to be used with `metrics.custom(kind, definition)`. Throws `invalid_options`. */
export function defineInstrument<Input, State, Value>(
  kind: CustomKind<Input, State, Value>,
): CustomKind<Input, State, Value> {
  parseOptions('defineInstrument', kindSchema, kind);
  return Object.freeze({ ...kind });
}
