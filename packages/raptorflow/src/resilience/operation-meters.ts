import type { BoundCounter, BoundHistogram, InstrumentDefinition, Meter } from '../metrics/index.ts';

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

const counterOf = (name: string, description: string): InstrumentDefinition => ({
  name,
  unit: 'calls',
  description,
  category: 'reliability',
});

/** What each instrument is, for those who show the figures in another way, too. */
export const operationDefinitions: Readonly<Record<keyof OperationMeters, InstrumentDefinition>> = {
  calls: counterOf('operation_calls', 'Calls made through the executor, whatever their number of attempts.'),
  attempts: counterOf('operation_attempts', 'Attempts made, the first of each call included.'),
  retries: counterOf('operation_retries', 'Attempts made after a failed one.'),
  successes: counterOf('operation_successes', 'Calls that succeeded in the end.'),
  failures: counterOf('operation_failures', 'Calls that failed in the end.'),
  attemptMs: {
    name: 'operation_attempt_ms',
    unit: 'ms',
    description: 'How long single attempts took.',
    category: 'performance',
  },
};

/** Binds an operation's instruments; the registry keeps its own limits on the number of series. */
export function operationMeters(meter: Meter): (operation: string) => OperationMeters {
  const of = operationDefinitions;
  const calls = meter.counter(of.calls);
  const attempts = meter.counter(of.attempts);
  const retries = meter.counter(of.retries);
  const successes = meter.counter(of.successes);
  const failures = meter.counter(of.failures);
  const attemptMs = meter.histogram(of.attemptMs);
  return (operation) => ({
    calls: calls.with({ operation }),
    attempts: attempts.with({ operation }),
    retries: retries.with({ operation }),
    successes: successes.with({ operation }),
    failures: failures.with({ operation }),
    attemptMs: attemptMs.with({ operation }),
  });
}
