import type { LogEvent } from 'kysely';
import type { BoundCounter, BoundHistogram, Meter } from 'raptorflow/metrics';
import type { DialectName } from './declarations.ts';
import type { AddedStatement } from './writing.ts';

/** What statements are told apart by. */
const operations = ['select', 'insert', 'update', 'delete', 'other'] as const;
type Operation = (typeof operations)[number];

/** Counts and times statements. */
export interface QueryMeters {
  /** Takes what Kysely tells of every statement: how long it took, and whether it failed. */
  readonly told: (event: LogEvent) => void;
  /** Statements that went out together and took this long in all. */
  written(statements: readonly AddedStatement[], tookMs: number): void;
}

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
  return {
    told(event) {
      const meters = series.get(operationOf(event.query.query.kind));
      meters?.ms.record(event.queryDurationMillis);
      if (event.level === 'error') meters?.failed.add();
    },
    written(statements, tookMs) {
      for (const { query } of statements) series.get(operationOf(query.query.kind))?.ms.record(tookMs);
    },
  };
}

function operationOf(kind: string): Operation {
  return operations.find((operation) => kind.toLowerCase().startsWith(operation)) ?? 'other';
}
