/** Periscope's facts in the words of the wire. */
import type {
  PeriscopeError,
  PeriscopeOperation,
  PeriscopeOperations,
  PeriscopePipeline,
  VerdictReason,
} from '@raptorflow/contract';
import { percentileRelativeError } from 'raptorflow/metrics';
import type { ErrorGroup, HealthReason, HealthReport } from 'raptorflow/resilience';
import type { PipelineRun } from '../../compose/pipeline-board.ts';

type Operation = HealthReport['metrics']['operations'][number];
type Circuit = HealthReport['metrics']['circuits'][number];

/** All operations, each with its circuits and the reasons that are about it. */
export function operationsToWire(report: HealthReport): PeriscopeOperations {
  const found = new Map(report.operations.map((each) => [each.operation, each]));
  return {
    status: report.status,
    reasons: report.alerts.map(reasonToWire),
    dead_letters: report.deadLetterQueueSize,
    items: report.metrics.operations.map((operation) => {
      const { status = 'healthy', alerts = [] } = found.get(operation.operation) ?? {};
      return {
        ...figuresToWire(operation),
        status,
        reasons: alerts.map(reasonToWire),
        breakers: operation.circuits.map(circuitToWire),
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

function circuitToWire({
  name,
  state,
  failureCount,
  trips,
  since,
  nextProbeInMs,
}: Circuit): PeriscopeOperation['breakers'][number] {
  return {
    name,
    state: state === 'disabled' ? 'closed' : state,
    since: momentOf(since),
    consecutive_failures: failureCount,
    trips,
    next_probe_in_ms: nextProbeInMs,
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

/** The runs of a process's pipelines, as they are sent. */
export function pipelinesToWire(runs: readonly PipelineRun[], process: string): PeriscopePipeline[] {
  return runs.map((run) => pipelineToWire(run, process));
}

function pipelineToWire(
  { name, state, progress, startedAt, endedAt }: PipelineRun,
  process: string,
): PeriscopePipeline {
  return {
    name,
    process,
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
