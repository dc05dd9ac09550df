import type { Tags } from '../metrics/index.ts';
import type { Labels } from './instance.ts';
import type { MaintenanceWindow } from './maintenance.ts';
import type { Silence } from './matcher.ts';
import type { Notification } from './notifier.ts';
import type { AlertRule, Severity } from './rule.ts';
import type { AlertState, AlertStateKind } from './state.ts';

/** The state of one alert as it is stored. An inactive alert has none. */
export interface StoredInstance {
  readonly ruleId: string;
  readonly key: string;
  readonly tags: Tags;
  readonly state: AlertState;
  readonly value: number | null;
}

/**
 * Up to when rules have been evaluated: one record for all, written with whatever a round changes, and one for each rule that was new since.
 * Without it the next process would evaluate again what had been evaluated, with what it knows by then.
 */
export interface StoredEvaluation {
  /** Null stands for all rules. */
  readonly ruleId: string | null;
  readonly evaluatedAt: number;
}

/** Somebody has seen the alert; it is not repeated until it has resolved. */
export interface Acknowledgement {
  readonly alertId: string;
  /** Of the firing that was seen; a later one is news again. */
  readonly firingSince: number;
  readonly by: string;
  readonly note: string;
  readonly at: number;
}

/** One alert within a group of notifications. */
export interface GroupMember {
  readonly alertId: string;
  readonly ruleId: string;
  readonly rule: string;
  readonly workspaceId: string | null;
  readonly severity: Severity;
  readonly summary: string;
  readonly runbookUrl: string | null;
  readonly labels: Labels;
  readonly value: number | null;
  readonly firingSince: number;
  /** Null while it fires. */
  readonly resolvedAt: number | null;
  /** The firing that was told of; null when none was. */
  readonly toldSince: number | null;
}

/** Alerts that are told of together. */
export interface StoredGroup {
  readonly key: string;
  readonly route: string;
  readonly labels: Labels;
  readonly members: readonly GroupMember[];
  /** When it looks next whether there is news. */
  readonly flushAt: number;
  /** When it was last told of; null before. */
  readonly toldAt: number | null;
}

/** A notification on its way to one notifier, and how that ended. */
export interface Delivery {
  readonly id: string;
  readonly notifier: string;
  readonly notification: Notification;
  readonly createdAt: number;
  /**
   * `waiting` – not done yet; `failed` – given up, its dead letter is on its way to the bus; `undelivered` – given up, and a dead letter of the
   * bus, if there is one; `delivered`.
   */
  readonly outcome: DeliveryOutcome;
  readonly settledAt: number | null;
  /** Why it failed, without secrets; null when it did not. */
  readonly failure: string | null;
}

/** How far a delivery is. */
export type DeliveryOutcome = 'waiting' | 'failed' | 'undelivered' | 'delivered';

/** Whether nothing more happens to a delivery by itself. */
export function isOver({ outcome }: Delivery): boolean {
  return outcome === 'delivered' || outcome === 'undelivered';
}

/** Everything of alerts that is kept under a key. */
export type AlertRecord =
  | { readonly kind: 'rule'; readonly key: string; readonly body: AlertRule }
  | { readonly kind: 'instance'; readonly key: string; readonly body: StoredInstance }
  | { readonly kind: 'evaluation'; readonly key: string; readonly body: StoredEvaluation }
  | { readonly kind: 'silence'; readonly key: string; readonly body: Silence }
  | { readonly kind: 'maintenance'; readonly key: string; readonly body: MaintenanceWindow }
  | { readonly kind: 'acknowledgement'; readonly key: string; readonly body: Acknowledgement }
  | { readonly kind: 'group'; readonly key: string; readonly body: StoredGroup }
  | { readonly kind: 'delivery'; readonly key: string; readonly body: Delivery };

/** The kinds of records. */
export type AlertRecordKind = AlertRecord['kind'];

/** Why an alert changed its state. */
export type TransitionReason =
  | 'condition_holds'
  | 'held_long_enough'
  | 'condition_ended'
  | 'data_lost'
  | 'data_back'
  | 'forgotten'
  | 'rule_ended';

/** One change of an alert's state: what history consists of. */
export interface Transition {
  /** `tr_` and what follows from rule, alert, time and new state: a transition that is found again after a crash has the same id. */
  readonly id: string;
  /** Epoch milliseconds of the evaluation. */
  readonly at: number;
  readonly alertId: string;
  readonly rule: string;
  readonly workspaceId: string | null;
  readonly severity: Severity;
  readonly tags: Tags;
  readonly from: AlertStateKind;
  readonly to: AlertStateKind;
  /** The value at that evaluation; null when there was none. */
  readonly value: number | null;
  readonly reason: TransitionReason;
  /** The same for people, one sentence. */
  readonly message: string;
}
