import type { Clock } from '../kernel/index.ts';
import type { BreakerState } from './breaker.ts';
import type { OperationRecord } from './operation-record.ts';

/** Figures of one operation. calls = successes + failures + running; attempts = retries + first attempts. */
export interface OperationSummary {
  readonly operation: string;
  readonly calls: number;
  readonly running: number;
  readonly attempts: number;
  readonly retries: number;
  readonly successes: number;
  readonly failures: number;
  /** Failed calls that were let make no attempt. */
  readonly refused: number;
  /** Retries that the budget did not allow. */
  readonly retriesDenied: number;
  /** Failed calls that a fallback answered. */
  readonly fallbacks: number;
  /** Those that its calls have asked, in the order of their first call. */
  readonly circuits: readonly CircuitSummary[];
  /** Of the circuit that has the operation's name; `disabled` while there is none. */
  readonly breakerState: CircuitState;
  /** How often that circuit opened. */
  readonly breakerTrips: number;
  readonly consecutiveFailures: number;
  readonly latency: LatencySummary;
  /** Epoch milliseconds; null when no call has succeeded, or failed, yet. */
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
}

/** How long whole calls took, their waits left out, in milliseconds. Percentiles are right within 1 %. All 0 before the first. */
export interface LatencySummary {
  readonly avgMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** States of a circuit in the words of the wire. */
export type CircuitState = 'closed' | 'open' | 'half_open' | 'isolated' | 'disabled';

/** A circuit, whether it has the name of an operation or one that calls gave. */
export interface CircuitSummary {
  readonly name: string;
  readonly state: CircuitState;
  /** Failures in a row that it has seen while closed; 0 in other states. */
  readonly failureCount: number;
  /** How often it opened. */
  readonly trips: number;
  /** Since when it is in a state other than closed, epoch milliseconds; null while it is closed. */
  readonly since: number | null;
  /** How long an open one refuses calls before a probe may pass; null in other states. */
  readonly nextProbeInMs: number | null;
}

/** Figures of items that a pipeline has taken in. */
export interface ThreatCounters {
  readonly ingested: number;
  readonly converted: number;
  readonly skipped: number;
  readonly failed: number;
}

/** All operations together. */
export interface MetricsSummary {
  readonly requests: {
    /** Calls that have ended. total = successful + failed. */
    readonly total: number;
    readonly successful: number;
    readonly failed: number;
    /** A fraction; 1 before the first call. */
    readonly successRate: number;
  };
  readonly threats: ThreatCounters;
  readonly performance: { readonly avgMs: number; readonly minMs: number; readonly maxMs: number };
  /** The five most frequent types of errors with their numbers. */
  readonly errors: { readonly topErrors: ReadonlyArray<readonly [type: string, count: number]> };
  readonly operations: readonly OperationSummary[];
  readonly circuits: readonly CircuitSummary[];
}

/** The figures of one circuit now. */
export function summariseCircuit(
  name: string,
  state: BreakerState,
  trips: number,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): CircuitSummary {
  return {
    name,
    state: state.kind === 'half-open' ? 'half_open' : state.kind,
    failureCount: state.kind === 'closed' ? state.failures : 0,
    trips,
    since: state.kind === 'closed' ? null : wallOf(state.since, clock),
    nextProbeInMs: state.kind === 'open' ? Math.max(0, state.until - clock.monotonic()) : null,
  };
}

function wallOf(at: number, clock: Pick<Clock, 'now' | 'monotonic'>): number {
  return clock.now() - (clock.monotonic() - at);
}

/** The figures of one operation now. */
export function summarise(
  record: OperationRecord,
  circuits: ReadonlyMap<string, CircuitSummary>,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): OperationSummary {
  const circuit = circuits.get(record.name);
  const momentOf = (at: number | undefined): number | null => (at === undefined ? null : wallOf(at, clock));
  return {
    operation: record.name,
    calls: record.calls,
    running: record.running,
    attempts: record.attempts,
    retries: record.retries,
    successes: record.successes,
    failures: record.failures,
    refused: record.refused,
    retriesDenied: record.retriesDenied,
    fallbacks: record.fallbacks,
    circuits: [...record.circuits].flatMap((name) => circuits.get(name) ?? []),
    breakerState: circuit?.state ?? 'disabled',
    breakerTrips: circuit?.trips ?? 0,
    consecutiveFailures: record.consecutiveFailures,
    latency: latencyOf(record),
    lastSuccessAt: momentOf(record.lastSuccessAt),
    lastFailureAt: momentOf(record.lastFailureAt),
  };
}

function latencyOf({ callMs }: OperationRecord): LatencySummary {
  const at = (p: number): number => callMs.percentile(p)?.value ?? 0;
  return {
    avgMs: callMs.count === 0 ? 0 : callMs.sum / callMs.count,
    minMs: callMs.count === 0 ? 0 : callMs.min,
    maxMs: callMs.count === 0 ? 0 : callMs.max,
    p50Ms: at(50),
    p95Ms: at(95),
    p99Ms: at(99),
  };
}

/** Adds up operations. */
export function totalsOf(
  records: readonly OperationRecord[],
): Pick<MetricsSummary, 'requests' | 'performance'> {
  let [successful, failed, timed, sum] = [0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, 0];
  for (const { successes, failures, callMs } of records) {
    successful += successes;
    failed += failures;
    timed += callMs.count;
    sum += callMs.sum;
    min = Math.min(min, callMs.min);
    max = Math.max(max, callMs.max);
  }
  const total = successful + failed;
  return {
    requests: { total, successful, failed, successRate: total === 0 ? 1 : successful / total },
    performance: {
      avgMs: timed === 0 ? 0 : sum / timed,
      minMs: timed === 0 ? 0 : min,
      maxMs: max,
    },
  };
}
