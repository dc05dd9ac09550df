/** Periscope's facts in the words of the wire. */
import type {
  PeriscopeError,
  PeriscopeOperation,
  PeriscopeOperations,
  PeriscopePipeline,
  VerdictReason,
} from '@raptorflow/contract';
import type { Clock } from 'raptorflow/kernel';
import { percentileRelativeError } from 'raptorflow/metrics';
import type { Breaker, ErrorGroup, HealthReason, HealthReport } from 'raptorflow/resilience';
import { operationOfCircuit } from '../../compose/periscope.ts';
import type { PipelineRun } from '../../compose/pipeline-board.ts';

type Operation = HealthReport['metrics']['operations'][number];
type Circuit = HealthReport['metrics']['circuits'][number];

/** All operations, each with its circuits and the reasons that are about it. */
export function operationsToWire(
  report: HealthReport,
  breaker: (name: string) => Breaker,
  clock: Pick<Clock, 'monotonic'>,
): PeriscopeOperations {
  const { operations, circuits } = report.metrics;
  const known = new Set(operations.map(({ operation }) => operation));
  const circuitsOf = (name: string): Circuit[] =>
    circuits.filter(
      (circuit) => (known.has(circuit.name) ? circuit.name : operationOfCircuit(circuit.name)) === name,
    );
  const statusOf = new Map(report.operations.map(({ operation, status }) => [operation, status]));
  return {
    status: report.status,
    reasons: report.alerts.map(reasonToWire),
    dead_letters: report.deadLetterQueueSize,
    items: operations.map((operation) => {
      const own = circuitsOf(operation.operation);
      const subjects = new Set([operation.operation, ...own.map(({ name }) => name)]);
      return {
        ...figuresToWire(operation),
        status: statusOf.get(operation.operation) ?? 'healthy',
        reasons: report.alerts
          .filter(({ subject }) => subject !== null && subjects.has(subject))
          .map(reasonToWire),
        breakers: own.map((circuit) => circuitToWire(circuit, breaker(circuit.name), clock)),
      };
    }),
  };
}

function figuresToWire(operation: Operation): Omit<PeriscopeOperation, 'status' | 'reasons' | 'breakers'> {
  const { latency, calls, running } = operation;
  const hasEnded = calls > running;
  const bounded = (ms: number): PeriscopeOperation['p50'] =>
    hasEnded ? { value_ms: ms, relative_error: percentileRelativeError } : null;
  return {
    name: operation.operation,
    calls,
    running,
    successes: operation.successes,
    failures: operation.failures,
    attempts: operation.attempts,
    retries: operation.retries,
    average_ms: hasEnded ? latency.avgMs : null,
    p50: bounded(latency.p50Ms),
    p95: bounded(latency.p95Ms),
    p99: bounded(latency.p99Ms),
    last_success_at: momentOf(operation.lastSuccessAt),
    last_failure_at: momentOf(operation.lastFailureAt),
  };
}

function momentOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function circuitToWire(
  { name, state, failureCount, trips }: Circuit,
  breaker: Breaker,
  clock: Pick<Clock, 'monotonic'>,
): PeriscopeOperation['breakers'][number] {
  const now = breaker.state();
  return {
    name,
    state: state === 'disabled' ? 'closed' : state,
    consecutive_failures: failureCount,
    trips,
    next_probe_in_ms: now.kind === 'open' ? Math.max(0, now.until - clock.monotonic()) : null,
  };
}

function reasonToWire({ message, status, since, clears }: HealthReason): VerdictReason {
  return { reason: message, status, since, clears_when: clears };
}

/** Errors of one kind, as they are sent. */
export function errorToWire(group: ErrorGroup): PeriscopeError {
  return {
    fingerprint: group.fingerprint,
    operation: group.operation,
    error_type: group.errorType,
    error_message: group.errorMessage,
    duration_ms: group.durationMs,
    count: group.occurrences,
    first_at: group.firstAt,
    last_at: group.lastAt,
  };
}

/** A run of a pipeline, as it is sent. */
export function pipelineToWire({
  name,
  state,
  progress,
  startedAt,
  endedAt,
}: PipelineRun): PeriscopePipeline {
  return {
    name,
    state,
    ingested: progress?.ingested ?? 0,
    converted: progress?.converted ?? 0,
    skipped: progress?.skipped ?? 0,
    failed: progress?.failed ?? 0,
    items_per_second: progress?.perSecond ?? 0,
    remaining: progress?.remaining ?? null,
    started_at: new Date(startedAt).toISOString(),
    ended_at: momentOf(endedAt),
  };
}
