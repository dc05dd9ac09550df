import type { LogEvent } from 'kysely';
import type { BoundCounter, BoundHistogram, Meter } from 'raptorflow/metrics';
import type { DialectName } from './declarations.ts';

/** What statements are told apart by. */
const operations = ['select', 'insert', 'update', 'delete', 'other'] as const;
type Operation = (typeof operations)[number];

/** Takes what Kysely tells of every statement: how long it took, and whether it failed. */
export type QueryMeters = (event: LogEvent) => void;

/** Counts and times the statements of a database, by what they do. */
export function queryMeters(meter: Meter, dialect: DialectName): QueryMeters {
  const durations = meter.histogram({
    name: 'database_query_ms',
    unit: 'ms',
    description: 'Time from a statement until its rows are here, waiting for a connection included.',
    category: 'performance',
  });
  const failures = meter.counter({
    name: 'database_query_failures',
    unit: 'calls',
    description: 'Statements that the database refused or could not answer.',
    category: 'reliability',
  });
  // Bound once: a statement is not to pay for the look-up.
  const series = new Map<Operation, { readonly ms: BoundHistogram; readonly failed: BoundCounter }>(
    operations.map((operation) => {
      const tags = { dialect, operation };
      return [operation, { ms: durations.with(tags), failed: failures.with(tags) }];
    }),
  );
  return (event) => {
    const meters = series.get(operationOf(event.query.query.kind));
    meters?.ms.record(event.queryDurationMillis);
    if (event.level === 'error') meters?.failed.add();
  };
}

function operationOf(kind: string): Operation {
  return operations.find((operation) => kind.toLowerCase().startsWith(operation)) ?? 'other';
}
