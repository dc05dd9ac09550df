import type { Meter } from 'raptorflow/metrics';
import type { AuditRow } from './chain.ts';

/** Counts and times what is written. */
export interface AuditMeters {
  written(rows: readonly AuditRow[]): void;
  /** A transaction of entries that arrived together. */
  batch(tookMs: number): void;
  failed(entries: number): void;
}

/** The meters of the audit log. */
export function auditMeters(meter: Meter): AuditMeters {
  const rows = meter.counter({
    name: 'audit_rows',
    unit: 'rows',
    description: 'Rows written to audit chains.',
    category: 'system',
  });
  const failures = meter.counter({
    name: 'audit_append_failures',
    unit: 'rows',
    description: 'Entries that could not be written; what they were to record was not done.',
    category: 'system',
  });
  const durations = meter.histogram({
    name: 'audit_append_ms',
    unit: 'ms',
    description: 'Time until entries that arrived together were durable.',
    category: 'system',
  });
  return {
    written: (written) => {
      for (const { phase } of written) rows.with({ phase }).add();
    },
    batch: (tookMs) => durations.record(tookMs),
    failed: (entries) => failures.add(entries),
  };
}
