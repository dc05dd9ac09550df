import type { BreakerState } from './breaker.ts';
import type { DependencyReport } from './dependency-probes.ts';
import { byWorst, type HealthStatus } from './health-status.ts';
import type { OperationRecord } from './operation-record.ts';

/** What a verdict is about. */
export type HealthReasonCode =
  | 'error_rate'
  | 'consecutive_failures'
  | 'circuit_open'
  | 'circuit_half_open'
  | 'slow'
  | 'dead_letters'
  | 'dependency';

/** Why something is not healthy. */
export interface HealthReason {
  readonly status: Exclude<HealthStatus, 'healthy'>;
  readonly code: HealthReasonCode;
  /** The operation or dependency; null for the whole. */
  readonly subject: string | null;
  /** What was found, with its figures. */
  readonly message: string;
  /** Since when, RFC 3339: exact for failures in a row and circuits, otherwise when it was first seen by somebody who asked. */
  readonly since: string;
  /** What has to happen for the reason to go away. */
  readonly clears: string;
}

/** When an operation is not healthy; all optional. */
export interface HealthOptions {
  /** Failed calls of the last five minutes, as a fraction, above which it is degraded. Default 0.1. */
  readonly errorRateMax?: number;
  /** With fewer calls in five minutes no rate is judged. Default 20. */
  readonly callsMin?: number;
  /** Failures in a row from which on it is unhealthy. Default 3. */
  readonly consecutiveFailures?: number;
  /** Average time of calls in five minutes above which it is degraded. Default 5,000. */
  readonly averageMsMax?: number;
  /** Dead letters above which the whole is degraded. Default 100. */
  readonly deadLettersMax?: number;
}

/** The options with their defaults. */
export type HealthLimits = Readonly<Required<HealthOptions>>;

/** A finding before it is known since when it holds: `at` is the monotonic time where that is known. */
type Finding = Omit<HealthReason, 'since'> & { readonly at?: number };

/** What is judged. */
export interface JudgedState {
  readonly records: readonly OperationRecord[];
  readonly breakers: ReadonlyArray<{ readonly name: string; readonly state: BreakerState }>;
  readonly deadLetters: number;
  readonly dependencies: readonly DependencyReport[];
  /** The clock's two times at this moment. */
  readonly monotonic: number;
  readonly now: number;
}

/** Finds reasons, and remembers since when each of them has been there. */
export class HealthJudge {
  readonly #limits: HealthLimits;
  readonly #since = new Map<string, number>();

  constructor(limits: HealthLimits) {
    this.#limits = limits;
  }

  /** All reasons, the worst first. Something that has done nothing gives none. */
  reasons(state: JudgedState): HealthReason[] {
    const findings = [
      ...state.records.flatMap((record) => this.#ofOperation(record, state.monotonic)),
      ...state.breakers.flatMap(ofBreaker),
      ...state.dependencies.flatMap(ofDependency),
      ...this.#ofDeadLetters(state.deadLetters),
    ];
    const keys = new Set(findings.map(keyOf));
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key);
    return findings
      .map(({ at, ...finding }): HealthReason => {
        const since = at ?? this.#firstSeen(keyOf(finding), state.monotonic);
        return { ...finding, since: new Date(state.now - (state.monotonic - since)).toISOString() };
      })
      .toSorted((a, b) => byWorst(a.status, b.status));
  }

  forget(): void {
    this.#since.clear();
  }

  #firstSeen(key: string, monotonic: number): number {
    const known = this.#since.get(key);
    if (known !== undefined) return known;
    this.#since.set(key, monotonic);
    return monotonic;
  }

  #ofOperation(record: OperationRecord, monotonic: number): Finding[] {
    const { errorRateMax, callsMin, consecutiveFailures, averageMsMax } = this.#limits;
    const { calls, failures, averageMs } = record.recent(monotonic);
    const subject = record.name;
    const findings: Finding[] = [];
    if (calls >= callsMin && failures > errorRateMax * calls) {
      findings.push({
        status: 'degraded',
        code: 'error_rate',
        subject,
        message: `${failures} of ${calls} calls of the last five minutes failed (${percent(failures / calls)}).`,
        clears: `At most ${percent(errorRateMax)} of the calls of five minutes fail, or there are fewer than ${callsMin}.`,
      });
    }
    if (record.consecutiveFailures >= consecutiveFailures) {
      findings.push({
        status: 'unhealthy',
        code: 'consecutive_failures',
        subject,
        message: `The last ${record.consecutiveFailures} calls failed.`,
        clears: 'A call succeeds.',
        ...(record.failingSince !== undefined && { at: record.failingSince }),
      });
    }
    if (averageMs > averageMsMax) {
      findings.push({
        status: 'degraded',
        code: 'slow',
        subject,
        message: `Calls of the last five minutes took ${Math.round(averageMs)} ms on average.`,
        clears: `The average of five minutes is at most ${averageMsMax} ms.`,
      });
    }
    return findings;
  }

  #ofDeadLetters(count: number): Finding[] {
    const { deadLettersMax } = this.#limits;
    if (count <= deadLettersMax) return [];
    return [
      {
        status: 'degraded',
        code: 'dead_letters',
        subject: null,
        message: `${count} dead letters wait.`,
        clears: `Dead letters are redriven or discarded until at most ${deadLettersMax} are left.`,
      },
    ];
  }
}

function ofBreaker({ name, state }: JudgedState['breakers'][number]): Finding[] {
  if (state.kind === 'closed') return [];
  if (state.kind === 'half-open') {
    const message = `The circuit "${name}" was open and waits for calls that show that the other side is back.`;
    const clears = 'Calls succeed as probes, and the circuit closes.';
    return [
      { status: 'degraded', code: 'circuit_half_open', subject: name, message, clears, at: state.since },
    ];
  }
  const isIsolated = state.kind === 'isolated';
  return [
    {
      status: 'critical',
      code: 'circuit_open',
      subject: name,
      message: isIsolated ? `The circuit "${name}" was isolated by hand.` : `The circuit "${name}" is open.`,
      clears: isIsolated
        ? 'Somebody resets the circuit.'
        : 'Calls after the waiting time succeed as probes, and the circuit closes.',
      at: state.since,
    },
  ];
}

function ofDependency({ name, status, error }: DependencyReport): Finding[] {
  if (status === 'healthy') return [];
  return [
    {
      status,
      code: 'dependency',
      subject: name,
      message: `"${name}" does not answer: ${error ?? 'no reason was given'}`,
      clears: `"${name}" answers its check within its deadline.`,
    },
  ];
}

function keyOf({ code, subject }: Pick<HealthReason, 'code' | 'subject'>): string {
  return `${code}|${subject ?? ''}`;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 1_000) / 10} %`;
}
