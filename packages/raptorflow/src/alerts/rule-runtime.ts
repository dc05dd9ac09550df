import type { LiveHistory, LiveSeries, Tags } from '../metrics/index.ts';
import { AlertInstance, keyOfTags, noSeriesKey } from './instance.ts';
import { checkOf, measureOf, type Check, type Measure } from './measure.ts';
import { isCompositeRule, ruleIdOf, type AlertRule, type MetricRule } from './rule.ts';
import {
  advance,
  firingSince,
  inactive,
  isFiring,
  type AlertState,
  type Timing,
  type Verdict,
} from './state.ts';

/** One value of one series at one evaluation. */
export interface Sample {
  readonly tags: Tags;
  /** Null when there were no samples. */
  readonly value: number | null;
  /** Given where the value alone does not say it, as with forecasts. */
  readonly verdict?: Verdict;
}

/** An alert that is in another state than before. */
export interface StateChange {
  readonly runtime: RuleRuntime;
  readonly instance: AlertInstance;
  readonly before: AlertState;
  readonly after: AlertState;
  readonly value: number | null;
  readonly at: number;
}

/** How long things are kept that nobody decides about. */
export interface Keeping {
  readonly resolvedMs: number;
  readonly missingMs: number;
  /** Series that are looked at. */
  readonly alertsMax: number;
}

interface Binding {
  readonly series: LiveSeries;
  readonly instance: AlertInstance;
}

const msOfASecond = 1_000;

/** A rule at work: its alerts, and how one evaluation moves them. Evaluations must come in the order of their time. */
export class RuleRuntime {
  readonly id: string;
  readonly rule: AlertRule;
  readonly intervalMs: number;
  /** Every alert that is not inactive, and those of the series that are bound. */
  readonly instances: Map<string, AlertInstance> = new Map();
  /** The newest evaluation, epoch milliseconds; null before the first. */
  evaluatedAt: number | null = null;
  /** Why the newest evaluation failed; null when it did not. */
  failure: string | null = null;
  /** Series that are not looked at because there are too many. */
  seriesLeftOut = 0;
  readonly #alertsMax: number;
  readonly #timing: Timing;
  readonly #patient: Timing;
  readonly #check: Check | null;
  readonly #measure: Measure | null;
  readonly #windowMs: number;
  readonly #isComposite: boolean;
  /** The value in hand. */
  readonly #out = new Float64Array(1);
  #bindings: readonly Binding[] = [];
  #generation: number | null = null;
  #round = 0;

  constructor(rule: AlertRule, keeping: Keeping) {
    this.id = ruleIdOf(rule);
    this.rule = rule;
    this.intervalMs = rule.intervalSeconds * msOfASecond;
    this.#timing = {
      forMs: rule.durationSeconds * msOfASecond,
      keepFiringMs: rule.keepFiringSeconds * msOfASecond,
      missing: rule.missing,
      resolvedMs: keeping.resolvedMs,
      missingMs: keeping.missingMs,
    };
    this.#alertsMax = keeping.alertsMax;
    this.#patient = { ...this.#timing, missing: 'keep' };
    this.#check = checkOf(rule);
    this.#measure = 'aggregation' in rule ? measureOf(rule.aggregation) : null;
    this.#isComposite = isCompositeRule(rule);
    this.#windowMs = 'windowSeconds' in rule ? rule.windowSeconds * msOfASecond : 0;
  }

  /** The alert with these tags, made inactive if there is none. */
  instance(key: string, tags: Tags): AlertInstance {
    const known = this.instances.get(key);
    if (known) return known;
    const made = new AlertInstance(this.rule, key, tags);
    this.instances.set(key, made);
    return made;
  }

  /**
   * One evaluation of a rule with a threshold over what is in memory: the busy path. `patient` leaves alerts without samples as they are.
   */
  observeLive(live: LiveHistory, at: number, patient: boolean, changes: StateChange[]): void {
    if (this.#generation !== live.generation) this.#bind(live);
    this.#round += 1;
    const measure = this.#measure;
    const check = this.#check;
    if (!measure || !check) return;
    const timing = patient ? this.#patient : this.#timing;
    const from = at - this.#windowMs;
    const out = this.#out;
    for (let index = 0; index < this.#bindings.length; index += 1) {
      const binding = this.#bindings[index];
      if (!binding) continue;
      const { instance } = binding;
      if (instance.lostAt !== null) instance.lostAt = null;
      const isThere = measure(binding.series, from, at, out);
      if (!isThere) out[0] = Number.NaN;
      const verdict = !isThere ? 'missing' : check(out, isFiring(instance.state)) ? 'breach' : 'clear';
      this.#move(instance, verdict, at, timing, changes);
    }
    this.#finish(this.#bindings.length, at, timing, changes);
  }

  /** One evaluation from samples that were fetched. */
  observe(samples: readonly Sample[], at: number, patient: boolean, changes: StateChange[]): void {
    this.#round += 1;
    const timing = patient ? this.#patient : this.#timing;
    this.seriesLeftOut = Math.max(0, samples.length - this.#alertsMax);
    const looked = this.seriesLeftOut > 0 ? samples.slice(0, this.#alertsMax) : samples;
    for (const { tags, value, verdict } of looked) {
      const instance = this.instance(keyOfTags(tags), tags);
      instance.lostAt = null;
      this.#out[0] = value ?? Number.NaN;
      // That a series is absent is no news either, as long as they come back one by one.
      const isEarly = patient && this.rule.condition === 'absent' && verdict === 'breach';
      const judged = isEarly ? 'missing' : (verdict ?? this.#judge(instance.state));
      this.#move(instance, judged, at, timing, changes);
    }
    this.#finish(looked.length, at, timing, changes);
    this.#forgetQuiet();
  }

  /** Takes an alert over from a store. */
  restore(key: string, tags: Tags, state: AlertState, value: number | null): AlertInstance {
    const instance = this.instance(key, tags);
    instance.state = state;
    instance.latest = value ?? Number.NaN;
    return instance;
  }

  /** Ends every alert, as when the rule is changed or removed: what fires is resolved, everything else is forgotten. */
  end(at: number, changes: StateChange[]): void {
    for (const instance of this.instances.values()) {
      const before = instance.state;
      const since = firingSince(before);
      instance.state = since === null ? inactive : { kind: 'resolved', firedAt: since, at };
      if (before.kind !== 'inactive') changes.push(this.#change(instance, before, at, null));
    }
    this.instances.clear();
  }

  #bind(live: LiveHistory): void {
    const rule = this.rule as MetricRule;
    const found = live.select(rule.metric, selectionTags(rule));
    this.seriesLeftOut = Math.max(0, found.length - this.#alertsMax);
    // Other series came or went, most of these are the same: what is bound stays bound.
    const before = new Map(this.#bindings.map((binding) => [binding.series, binding]));
    this.#bindings = found
      .slice(0, this.#alertsMax)
      .map(
        (series) =>
          before.get(series) ?? { series, instance: this.instance(keyOfTags(series.tags), series.tags) },
      );
    this.#generation = live.generation;
    this.#forgetQuiet(new Set(this.#bindings.map(({ instance }) => instance)));
  }

  #judge(state: AlertState): Verdict {
    if (Number.isNaN(this.#out[0])) return 'missing';
    return this.#check?.(this.#out, isFiring(state)) === true ? 'breach' : 'clear';
  }

  // Alerts whose series did not come up in this round, and the one that says that there are no series.
  #finish(found: number, at: number, timing: Timing, changes: StateChange[]): void {
    if (found === 0 && 'metric' in this.rule && this.rule.condition !== 'absent' && !this.#hasLost()) {
      const none = this.instance(noSeriesKey, this.rule.tags);
      this.#out[0] = Number.NaN;
      this.#move(none, 'missing', at, timing, changes);
    }
    this.evaluatedAt = at;
    if (this.instances.size === found) return;
    for (const instance of this.instances.values()) {
      if (instance.round === this.#round) continue;
      // Who is not among the firing groups of a composite rule does not fire; and where there are series, they speak for themselves.
      const verdict = this.#isComposite || instance.key === noSeriesKey ? 'clear' : 'missing';
      this.#out[0] = Number.NaN;
      this.#move(instance, verdict, at, timing, changes);
      if (instance.state.kind === 'inactive') this.instances.delete(instance.key);
      else this.#forgetLost(instance, at, timing, changes);
    }
  }

  // Alerts of series that are gone say that there are none.
  #hasLost(): boolean {
    return this.instances.size > (this.instances.has(noSeriesKey) ? 1 : 0);
  }

  // A series that is gone for good is no reason to remember it for ever, whatever the policy.
  #forgetLost(instance: AlertInstance, at: number, timing: Timing, changes: StateChange[]): void {
    if (instance.key === noSeriesKey) return;
    instance.lostAt = Math.min(instance.lostAt ?? at, at);
    if (at - instance.lostAt < timing.missingMs) return;
    const { state } = instance;
    const since = firingSince(state);
    instance.state = since === null ? inactive : { kind: 'resolved', firedAt: since, at };
    changes.push(this.#change(instance, state, at, null));
    this.instances.delete(instance.key);
  }

  #forgetQuiet(kept?: ReadonlySet<AlertInstance>): void {
    for (const [key, instance] of this.instances) {
      if (instance.state.kind === 'inactive' && !kept?.has(instance)) this.instances.delete(key);
    }
  }

  #move(instance: AlertInstance, verdict: Verdict, at: number, timing: Timing, changes: StateChange[]): void {
    instance.round = this.#round;
    instance.latest = this.#out[0] ?? Number.NaN;
    const before = instance.state;
    const after = advance(before, verdict, at, timing);
    if (after === before) return;
    instance.state = after;
    changes.push(this.#change(instance, before, at, instance.value));
  }

  #change(instance: AlertInstance, before: AlertState, at: number, value: number | null): StateChange {
    return { runtime: this, instance, before, after: instance.state, value, at };
  }
}

/** The tags that a rule's series carry: its own, and those of its workspace only. */
export function selectionTags(rule: Pick<MetricRule, 'tags' | 'workspaceId'>): Tags {
  return rule.workspaceId === null ? rule.tags : { ...rule.tags, workspace_id: rule.workspaceId };
}
