import type { BoundCounter, BoundHistogram, Meter } from '../metrics/index.ts';

/** The bound instruments of one operation. */
export interface OperationMeters {
  readonly calls: BoundCounter;
  readonly attempts: BoundCounter;
  readonly retries: BoundCounter;
  readonly successes: BoundCounter;
  readonly failures: BoundCounter;
  /** Of one attempt, waits not included. */
  readonly attemptMs: BoundHistogram;
}

const operationsMax = 1_000;

/** Binds the executor's instruments to an operation at its first call; beyond a thousand names the registry's own limits apply. */
export function operationMeters(meter: Meter): (operation: string) => OperationMeters {
  const counter = (name: string, description: string): ReturnType<Meter['counter']> =>
    meter.counter({ name, unit: 'calls', description, category: 'reliability' });
  const calls = counter(
    'operation_calls',
    'Calls made through the executor, whatever their number of attempts.',
  );
  const attempts = counter('operation_attempts', 'Attempts made, the first of each call included.');
  const retries = counter('operation_retries', 'Attempts made after a failed one.');
  const successes = counter('operation_successes', 'Calls that succeeded in the end.');
  const failures = counter('operation_failures', 'Calls that failed in the end.');
  const attemptMs = meter.histogram({
    name: 'operation_attempt_ms',
    unit: 'ms',
    description: 'How long single attempts took.',
    category: 'performance',
  });
  const bind = (operation: string): OperationMeters => ({
    calls: calls.with({ operation }),
    attempts: attempts.with({ operation }),
    retries: retries.with({ operation }),
    successes: successes.with({ operation }),
    failures: failures.with({ operation }),
    attemptMs: attemptMs.with({ operation }),
  });
  const bound = new Map<string, OperationMeters>();
  return (operation) => {
    const known = bound.get(operation);
    if (known) return known;
    const made = bind(operation);
    if (bound.size < operationsMax) bound.set(operation, made);
    return made;
  };
}
