import { systemClock, type Clock } from '../kernel/index.ts';
import { DependencyProbes } from './dependency-probes.ts';
import type { Engine } from './engine.ts';
import { worstOf } from './health-status.ts';
import { HealthJudge, type HealthReason } from './health.ts';
import {
  summarise,
  summariseCircuit,
  totalsOf,
  type CircuitState,
  type CircuitSummary,
  type MetricsSummary,
} from './metrics-summary.ts';
import type { OperationRecord } from './operation-record.ts';
import type { PeriscopeDeps, PeriscopeSettings } from './periscope-options.ts';
import type { ComprehensiveHealth, HealthReport } from './periscope.ts';
import { prometheusText } from './prometheus-text.ts';
import type { RecentErrors } from './recent-errors.ts';
import {
  figuresOf,
  nodeSystemStats,
  type GpuStats,
  type NoFigures,
  type SystemStats,
} from './system-figures.ts';
import { terminalSummary } from './terminal-summary.ts';

const noThreats = Object.freeze({ ingested: 0, converted: 0, skipped: 0, failed: 0 });
const topErrors = 5;
const recentErrors = 10;
const severity: readonly CircuitState[] = ['closed', 'half_open', 'open', 'isolated'];

/** Everything that a periscope can be asked. It reads what calls have left behind, and costs them nothing. */
export class Observatory<Letter> {
  readonly #engine: Engine;
  readonly #errors: RecentErrors;
  readonly #deps: PeriscopeDeps<Letter>;
  readonly #clock: Clock;
  readonly #judge: HealthJudge;
  readonly #probes: DependencyProbes;
  readonly #systemStats: () => SystemStats | Promise<SystemStats>;

  constructor(
    engine: Engine,
    errors: RecentErrors,
    { health }: PeriscopeSettings,
    deps: PeriscopeDeps<Letter>,
  ) {
    this.#engine = engine;
    this.#errors = errors;
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    this.#judge = new HealthJudge(health);
    this.#probes = new DependencyProbes(deps.dependencies ?? [], this.#clock);
    this.#systemStats = deps.systemStats ?? nodeSystemStats(() => this.#clock.monotonic());
  }

  summary(): MetricsSummary {
    const { records } = this.#engine;
    const circuits = this.#engine
      .breakers()
      .map((each) => summariseCircuit(each.name, each.state(), this.#engine.tripsOf(each.name), this.#clock));
    const byName = new Map(circuits.map((circuit) => [circuit.name, circuit]));
    return {
      ...totalsOf(records),
      threats: this.#deps.threats?.() ?? noThreats,
      errors: { topErrors: this.#errors.topTypes(topErrors) },
      operations: records.map((record) => summarise(record, byName, this.#clock)),
      circuits,
    };
  }

  async health(deep: boolean): Promise<HealthReport> {
    const [letters, dependencies] = await Promise.all([
      this.#countDeadLetters(),
      deep ? this.#probes.ask() : [],
    ]);
    const breakers = this.#engine
      .breakers()
      .map((breaker) => ({ name: breaker.name, state: breaker.state() }));
    const { records } = this.#engine;
    const moment = { monotonic: this.#clock.monotonic(), now: this.#clock.now() };
    const deadLetters = letters.total;
    const reasons = this.#judge.reasons({ records, breakers, deadLetters, dependencies, ...moment });
    const timestamp = new Date(moment.now).toISOString();
    const metrics = this.summary();
    const alerts = letters.error === null ? reasons : [...reasons, unreadable(letters.error, timestamp)];
    return {
      status: worstOf(alerts.map(({ status }) => status)),
      alerts,
      metrics,
      circuitBreaker: worstOfCircuits(metrics.circuits),
      deadLetterQueueSize: deadLetters,
      operations: records.map((record) => {
        const reasons = alerts.filter(isAbout(record));
        return {
          operation: record.name,
          status: worstOf(reasons.map(({ status }) => status)),
          alerts: reasons,
        };
      }),
      dependencies,
      timestamp,
    };
  }

  system(): Promise<SystemStats | NoFigures> {
    return figuresOf(this.#systemStats, '');
  }

  gpu(): Promise<GpuStats | NoFigures> {
    const missing = 'There is no source of figures about GPUs; pass one as gpuStats to createPeriscope.';
    return figuresOf(this.#deps.gpuStats, missing);
  }

  async deadLetters(limit: number): Promise<readonly Letter[]> {
    const page = await this.#deps.deadLetters?.list({ limit });
    return page?.items ?? [];
  }

  async comprehensive(): Promise<ComprehensiveHealth> {
    const [periscope, system, gpu] = await Promise.all([this.health(true), this.system(), this.gpu()]);
    return {
      periscope,
      monitoring: periscope.metrics,
      system,
      gpu,
      recentErrors: this.#errors.list(recentErrors),
      errorGroups: this.#errors.groups(recentErrors),
      deadLetterQueueSize: periscope.deadLetterQueueSize,
      timestamp: periscope.timestamp,
    };
  }

  async prometheus(): Promise<string> {
    const { records } = this.#engine;
    const { total } = await this.#countDeadLetters();
    const { operations, circuits } = this.summary();
    return prometheusText({ records, operations, circuits, deadLetters: total, at: this.#clock.now() });
  }

  async print(): Promise<void> {
    const output = this.#deps.output ?? process.stdout;
    output.write(terminalSummary(await this.health(false), output.isTTY === true));
  }

  reset(): void {
    this.#engine.resetFigures();
    this.#errors.clear();
    this.#judge.forget();
  }

  async #countDeadLetters(): Promise<{ readonly total: number; readonly error: string | null }> {
    try {
      const page = await this.#deps.deadLetters?.list({ limit: 1 });
      return { total: page?.total ?? 0, error: null };
    } catch (error) {
      return { total: 0, error: error instanceof Error ? error.message : String(error) };
    }
  }
}

function worstOfCircuits(circuits: readonly CircuitSummary[]): HealthReport['circuitBreaker'] {
  const [worst] = circuits.toSorted(
    (a, b) => severity.indexOf(b.state) - severity.indexOf(a.state) || b.failureCount - a.failureCount,
  );
  return { state: worst?.state ?? 'disabled', failureCount: worst?.failureCount ?? 0 };
}

// An operation is in the way of its circuits, too, whatever those are called; a circuit that it does not ask may have its name.
function isAbout({ name, circuits }: OperationRecord): (reason: HealthReason) => boolean {
  return ({ subject, code }) => {
    if (subject === null || code === 'dependency') return false;
    return code === 'circuit_open' || code === 'circuit_half_open' ? circuits.has(subject) : subject === name;
  };
}

function unreadable(error: string, since: string): HealthReason {
  return {
    status: 'degraded',
    code: 'dead_letters',
    subject: null,
    message: `The dead letters could not be counted: ${error}`,
    since,
    clears: 'The dead letters can be read again.',
  };
}
