import type { Gauge, Counter, Meter } from '../metrics/index.ts';
import { Groups } from './groups.ts';
import type { AlertInstance } from './instance.ts';
import type { Deliveries } from './deliveries.ts';
import type { Journal } from './journal.ts';
import { Mutes, type Mutable } from './mutes.ts';
import type { Inhibition, ResolvedRoute } from './options.ts';
import type { Acknowledgement, AlertRecord } from './record.ts';
import type { RuleRuntime, StateChange } from './rule-runtime.ts';
import { firingSince } from './state.ts';
import { memberOf, transitionOf } from './transition.ts';

/** What telling needs. */
export interface TellingParts {
  readonly routes: readonly ResolvedRoute[];
  readonly inhibitions: readonly Inhibition[];
  readonly alertsPerNotificationMax: number;
  readonly journal: Journal;
  readonly deliveries: Deliveries;
  readonly meter: Meter;
}

/** An alert that fires. */
export interface FiringAlert extends Mutable {
  readonly instance: AlertInstance;
  readonly runtime: RuleRuntime;
}

function firingAlertOf(runtime: RuleRuntime, instance: AlertInstance): FiringAlert {
  const { id: alertId, labels } = instance;
  return { alertId, workspaceId: runtime.rule.workspaceId, labels, instance, runtime };
}

/** From changes of states to what is stored and whom it concerns. Everything goes into the journal; nothing is written here. */
export class Telling {
  readonly mutes: Mutes;
  readonly acknowledgements: Map<string, Acknowledgement> = new Map();
  readonly #groups: Groups;
  readonly #firing = new Map<string, FiringAlert>();
  readonly #touched = new Set<string>();
  readonly #journal: Journal;
  readonly #deliveries: Deliveries;
  readonly #transitions: Counter;
  readonly #firingGauge: Gauge;

  constructor(parts: TellingParts) {
    this.mutes = new Mutes(parts.inhibitions);
    this.#groups = new Groups(parts.routes, parts.alertsPerNotificationMax);
    this.#journal = parts.journal;
    this.#deliveries = parts.deliveries;
    this.#transitions = parts.meter.counter({
      name: 'alert_transitions',
      unit: 'transitions',
      description: 'Changes of the states of alerts, by the new state.',
      category: 'reliability',
    });
    this.#firingGauge = parts.meter.gauge({
      name: 'alerts_firing',
      unit: 'alerts',
      description: 'Alerts that fire now.',
      category: 'reliability',
    });
  }

  /** The alerts that fire, as muting sees them. */
  firing(): Iterable<Mutable> {
    return this.#firing.values();
  }

  /** The alert with this id, if it fires. */
  firingAlert(alertId: string): FiringAlert | undefined {
    return this.#firing.get(alertId);
  }

  /** Takes over an alert, a group or an acknowledgement from the store. */
  restore(record: Extract<AlertRecord, { kind: 'group' | 'acknowledgement' }>): void {
    if (record.kind === 'acknowledgement') this.acknowledgements.set(record.key, record.body);
    else if (!this.#groups.restore(record.body)) this.#journal.remove('group', record.key);
  }

  /** An alert that fired when the process ended. */
  restoreFiring(runtime: RuleRuntime, instance: AlertInstance): void {
    this.#firing.set(instance.id, firingAlertOf(runtime, instance));
    this.#firingGauge.set(this.#firing.size);
  }

  /** Ends in groups what does not fire any more, and finds groups for what fires without one, as when routes were changed in between. */
  reconcile(at: number): void {
    const grouped = new Set(this.#groups.firing());
    for (const id of grouped) {
      if (!this.#firing.has(id)) this.#touch(this.#groups.end(id, null, at));
    }
    for (const { instance, runtime } of this.#firing.values()) {
      if (grouped.has(instance.id)) continue;
      const { state } = instance;
      const change = { runtime, instance, before: state, after: state, value: instance.value, at };
      this.#touch(this.#groups.begin(memberOf(change), at));
    }
    this.#storeTouched();
  }

  /** Notes what has changed. `ended` says that the rules themselves ended. */
  apply(changes: readonly StateChange[], ended = false): void {
    // The order must not depend on what was restored in which order, or a restart would show in history.
    const inOrder = changes.toSorted(
      (a, b) => compare(a.runtime.id, b.runtime.id) || compare(a.instance.key, b.instance.key),
    );
    for (const change of inOrder) {
      this.#storeInstance(change);
      const transition = transitionOf(change, ended);
      if (transition) {
        this.#journal.note(transition);
        this.#transitions.with({ to: transition.to }).add();
      }
      const before = firingSince(change.before);
      const after = firingSince(change.after);
      if (after !== null && before !== after) this.#begin(change);
      else if (after === null && before !== null) this.#end(change);
    }
    this.#storeTouched();
    if (changes.length > 0) this.#firingGauge.set(this.#firing.size);
  }

  /** Lets the groups look whose time has come. */
  flush(at: number): void {
    const next = this.#groups.nextAt();
    if (next === null || next > at) return;
    this.#groups.refresh((id) => this.#firing.get(id)?.instance.value);
    const mutesOf = this.mutes.at(at, this.#firing.values());
    const { told, changed } = this.#groups.flush({
      at,
      isMuted: (member) => mutesOf(member).length > 0,
      isAcknowledged: ({ alertId, firingSince: since }) =>
        this.acknowledgements.get(alertId)?.firingSince === since,
    });
    this.#touch(changed);
    this.#storeTouched();
    for (const delivery of this.#deliveries.of(told)) this.#journal.send(delivery);
  }

  /** When the next group looks; null when there is none. */
  nextAt(): number | null {
    return this.#groups.nextAt();
  }

  #begin(change: StateChange): void {
    const { instance, runtime, at } = change;
    this.#firing.set(instance.id, firingAlertOf(runtime, instance));
    this.#touch(this.#groups.begin(memberOf(change), at));
  }

  #end({ instance, at, value }: StateChange): void {
    this.#firing.delete(instance.id);
    if (this.acknowledgements.delete(instance.id)) this.#journal.remove('acknowledgement', instance.id);
    this.#touch(this.#groups.end(instance.id, value, at));
  }

  #touch(groups: readonly string[]): void {
    for (const key of groups) this.#touched.add(key);
  }

  // A group of thousands changes thousands of times in a round, and is written once.
  #storeTouched(): void {
    for (const key of this.#touched) {
      const body = this.#groups.stored(key);
      if (body) this.#journal.put({ kind: 'group', key, body });
      else this.#journal.remove('group', key);
    }
    this.#touched.clear();
  }

  #storeInstance({ runtime, instance, after }: StateChange): void {
    const { id, ruleId, key, tags, value } = instance;
    const isGone = after.kind === 'inactive' || runtime.instances.get(key) !== instance;
    if (isGone) this.#journal.remove('instance', id);
    else this.#journal.put({ kind: 'instance', key: id, body: { ruleId, key, tags, state: after, value } });
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
