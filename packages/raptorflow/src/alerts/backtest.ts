import { RaptorFlowError } from '../kernel/index.ts';
import { BacktestReader, stepFor } from './backtest-reader.ts';
import { Forecasts } from './forecasts.ts';
import { Groups } from './groups.ts';
import type { Labels } from './instance.ts';
import type { ResolvedRoute } from './options.ts';
import { isCompositeRule, ruleIdOf, type AlertRule } from './rule.ts';
import { RuleRuntime, type Keeping, type StateChange } from './rule-runtime.ts';
import { sample, sampleComposite, type SampledRule } from './sampling.ts';
import type { Forecast, PastSource } from './source.ts';
import { firingSince, type AlertStateKind } from './state.ts';
import { memberOf } from './transition.ts';

/** Which past a rule is tried against. */
export interface BacktestRange {
  /** Epoch milliseconds. */
  readonly from: number;
  /** Epoch milliseconds. */
  readonly to: number;
  /** Distance of evaluations, seconds. Default: the rule's interval, or more where its windows are long. */
  readonly stepSeconds?: number;
}

/** A stretch in which an alert would have been in one state. */
export interface BacktestInterval {
  readonly state: Exclude<AlertStateKind, 'inactive' | 'resolved'>;
  /** Epoch milliseconds of the evaluation that began it. */
  readonly from: number;
  /** Of the one that ended it; null when the range ended first. */
  readonly to: number | null;
  /** The value that began it; null when there was none. */
  readonly value: number | null;
}

/** What one series would have done. */
export interface BacktestSeries {
  readonly labels: Labels;
  readonly intervals: readonly BacktestInterval[];
}

/** A notification that would have been sent. */
export interface BacktestNotification {
  readonly at: number;
  readonly status: 'firing' | 'resolved';
  readonly reason: 'news' | 'repeat';
  readonly alerts: number;
}

/** What a rule would have done. */
export interface Backtest {
  readonly rule: AlertRule;
  readonly from: number;
  readonly to: number;
  /** Milliseconds between evaluations. */
  readonly stepMs: number;
  readonly evaluations: number;
  /** Only series that left the state inactive. */
  readonly series: readonly BacktestSeries[];
  /** How often an alert would have begun to fire. */
  readonly firings: number;
  readonly firingsPerDay: number;
  /** After grouping, without silences; the first 1,000. */
  readonly notifications: readonly BacktestNotification[];
  readonly notificationsCount: number;
}

/** What a back-test needs. */
export interface BacktestParts {
  readonly past: PastSource | undefined;
  readonly forecast: Forecast | undefined;
  readonly routes: readonly ResolvedRoute[];
  readonly keeping: Keeping;
  readonly alertsPerNotificationMax: number;
  /** The rules that composite ones consist of. */
  find(id: string): AlertRule | undefined;
}

interface Unit {
  readonly rule: AlertRule;
  readonly runtime: RuleRuntime;
  readonly forecasts: Forecasts | null;
}

interface OpenSeries {
  readonly labels: Labels;
  readonly intervals: BacktestInterval[];
}

const msOfASecond = 1_000;
const dayMs = 86_400_000;
const evaluationsMax = 1_000_000;
const notificationsShownMax = 1_000;
/** Evaluations whose values are in memory at once. */
const stretchEvaluations = 1_000;

/** Replays stored history through the state machine that the service uses. */
export async function runBacktest(
  rule: AlertRule,
  range: BacktestRange,
  parts: BacktestParts,
): Promise<Backtest> {
  const { past } = parts;
  if (!past) {
    throw new RaptorFlowError(
      'unavailable',
      'There is no stored history to try the rule against; pass sources.past to createAlerts.',
      {
        retryable: false,
      },
    );
  }
  const units = unitsOf(rule, parts);
  const sampled = units.map((unit) => unit.rule).filter((one): one is SampledRule => !isCompositeRule(one));
  const reader = new BacktestReader(past, sampled);
  const { first, last, stepMs } = await timesOf(rule, range, sampled, reader);
  const outcome = new Outcome(parts);
  let evaluations = 0;
  for (let begin = first; begin <= last; begin += stepMs * stretchEvaluations) {
    const end = Math.min(last, begin + stepMs * (stretchEvaluations - 1));
    await reader.fetch(begin, end, stepMs);
    for (let at = begin; at <= end; at += stepMs) {
      outcome.note(await evaluate(units, reader, at), at);
      evaluations += 1;
    }
    // Between stretches others have their turn, also where the past answers from memory.
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  const { series, firings, notifications, notificationsCount } = outcome;
  return {
    rule,
    from: range.from,
    to: range.to,
    stepMs,
    evaluations,
    series: [...series.values()],
    firings,
    firingsPerDay: firings / ((range.to - range.from) / dayMs),
    notifications,
    notificationsCount,
  };
}

async function timesOf(
  rule: AlertRule,
  { from, to, stepSeconds }: BacktestRange,
  sampled: readonly SampledRule[],
  reader: BacktestReader,
): Promise<{ first: number; last: number; stepMs: number }> {
  if (
    !Number.isFinite(from) ||
    !Number.isFinite(to) ||
    from >= to ||
    (stepSeconds !== undefined && !(stepSeconds > 0))
  ) {
    throw new RaptorFlowError(
      'invalid_input',
      'A back-test needs from before to, and a step of more than 0 seconds.',
    );
  }
  const wantedMs = stepFor(sampled, (stepSeconds ?? rule.intervalSeconds) * msOfASecond);
  // What is long ago is kept in longer steps, and evaluations between them would see nothing new.
  const keptMs = await reader.probe(from, wantedMs);
  const stepMs = keptMs !== null && keptMs > wantedMs ? stepFor(sampled, keptMs) : wantedMs;
  const first = Math.ceil(from / stepMs) * stepMs;
  const evaluations = Math.floor((to - first) / stepMs) + 1;
  if (evaluations <= evaluationsMax) return { first, last: first + (evaluations - 1) * stepMs, stepMs };
  throw new RaptorFlowError(
    'invalid_input',
    `That would be ${evaluations} evaluations, and ${evaluationsMax} are the limit; choose a shorter range or a longer step.`,
  );
}

// Members before what consists of them; the rule itself last. Two names of one rule are one unit.
function unitsOf(rule: AlertRule, parts: BacktestParts): Unit[] {
  const units = new Map<string, Unit>();
  const add = (one: AlertRule): void => {
    if (isCompositeRule(one)) {
      for (const name of one.rules) {
        const id = ruleIdOf({ name, workspaceId: one.workspaceId });
        const member = parts.find(id);
        if (!member)
          throw new RaptorFlowError('not_found', `${one.name} consists of ${id}, which does not exist.`);
        if (id === ruleIdOf(rule))
          throw new RaptorFlowError('conflict', `${rule.name} would contain itself.`);
        if (!units.has(id)) add(member);
      }
    }
    units.set(ruleIdOf(one), {
      rule: one,
      runtime: new RuleRuntime(one, parts.keeping),
      forecasts: one.condition === 'anomaly' ? new Forecasts(one, parts.forecast) : null,
    });
  };
  add(rule);
  return [...units.values()];
}

/** One evaluation of all units; answers what changed in the last one, the rule itself. */
async function evaluate(
  units: readonly Unit[],
  reader: BacktestReader,
  at: number,
): Promise<readonly StateChange[]> {
  let changes: StateChange[] = [];
  for (const { rule, runtime, forecasts } of units) {
    changes = [];
    const samples = isCompositeRule(rule)
      ? sampleComposite(
          rule,
          rule.rules.map((name) => firingOf(units, ruleIdOf({ name, workspaceId: rule.workspaceId }))),
        )
      : await sample(rule, reader, at, forecasts);
    runtime.observe(samples, at, false, changes);
  }
  return changes;
}

function firingOf(units: readonly Unit[], id: string): Labels[] {
  const runtime = units.find((unit) => unit.runtime.id === id)?.runtime;
  const instances = runtime ? [...runtime.instances.values()] : [];
  return instances.filter(({ state }) => firingSince(state) !== null).map(({ labels }) => labels);
}

/** Gathers what changes. */
class Outcome {
  readonly series: Map<string, OpenSeries> = new Map();
  readonly notifications: BacktestNotification[] = [];
  notificationsCount = 0;
  firings = 0;
  readonly #groups: Groups;

  constructor({ routes, alertsPerNotificationMax }: BacktestParts) {
    this.#groups = new Groups(routes, alertsPerNotificationMax);
  }

  note(changes: readonly StateChange[], at: number): void {
    // Groups look between evaluations, before what comes now.
    for (let next = this.#groups.nextAt(); next !== null && next < at; next = this.#groups.nextAt())
      this.#flush(next);
    for (const change of changes) {
      this.#interval(change);
      const before = firingSince(change.before);
      const after = firingSince(change.after);
      if (after !== null && before !== after) {
        this.firings += 1;
        this.#groups.begin(memberOf(change), at);
      } else if (after === null && before !== null) {
        this.#groups.end(change.instance.id, change.value, at);
      }
    }
    const next = this.#groups.nextAt();
    if (next !== null && next <= at) this.#flush(at);
  }

  #interval({ instance, before, after, at, value }: StateChange): void {
    const known = this.series.get(instance.id) ?? { labels: instance.labels, intervals: [] };
    this.series.set(instance.id, known);
    const open = known.intervals.at(-1);
    if (before.kind === after.kind) return;
    if (open && open.to === null) known.intervals[known.intervals.length - 1] = { ...open, to: at };
    if (after.kind === 'inactive' || after.kind === 'resolved') return;
    known.intervals.push({ state: after.kind, from: at, to: null, value });
  }

  #flush(at: number): void {
    const { told } = this.#groups.flush({ at, isMuted: () => false, isAcknowledged: () => false });
    for (const { notification } of told) {
      this.notificationsCount += 1;
      if (this.notifications.length >= notificationsShownMax) continue;
      const { status, reason, alerts, alertsLeftOut } = notification;
      this.notifications.push({ at, status, reason, alerts: alerts.length + alertsLeftOut });
    }
  }
}
