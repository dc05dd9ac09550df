import type { Service } from '../kernel/index.ts';
import type { Backtest, BacktestRange } from './backtest.ts';
import type { Labels } from './instance.ts';
import type { MaintenanceWindow } from './maintenance.ts';
import type { Silence } from './matcher.ts';
import type { Mute } from './mutes.ts';
import type { Acknowledgement, Delivery } from './record.ts';
import type { AlertRule, AlertRuleDraft, RuleReference, Severity } from './rule.ts';
import type { AlertState } from './state.ts';
import type { HistoryPage, HistoryQuery } from './store.ts';

/** A rule, and how it is doing. */
export interface RuleReport {
  readonly rule: AlertRule;
  /** The newest evaluation, epoch milliseconds; null before the first. */
  readonly evaluatedAt: number | null;
  /** Why the newest evaluation failed; null when it did not. Its alerts are then as they were. */
  readonly failure: string | null;
  /** Series beyond `alertsPerRuleMax`, which are not looked at. */
  readonly seriesLeftOut: number;
  /** Its alerts by state; inactive ones are not counted. */
  readonly pending: number;
  readonly firing: number;
  readonly noData: number;
}

/** One alert that is not inactive. */
export interface AlertReport {
  readonly id: string;
  readonly rule: string;
  readonly workspaceId: string | null;
  readonly severity: Severity;
  readonly labels: Labels;
  readonly state: AlertState;
  readonly value: number | null;
  readonly acknowledgement: Acknowledgement | null;
  /** Why it is not told of; empty when it is. */
  readonly mutes: readonly Mute[];
}

/** Restricts lists to a workspace; null asks for what belongs to the installation itself. Absent: everything. */
export interface WorkspaceFilter {
  readonly workspaceId?: string | null | undefined;
}

/**
 * The rules. Changes are durable when they resolve. When the store fails they reject as it does; they hold until the process ends all the same, and
 * are stored as soon as the store works again. That goes for silences, maintenance and acknowledgements too.
 */
export interface AlertRules {
  /**
   * Adds a rule, or replaces the one of the same name and workspace. Alerts of a rule that changes in more than its summary and runbook begin
   * anew: what fires is resolved. Throws `invalid_input` (names every refused field), `not_found` for a composite rule with members that do not
   * exist, `conflict` for one that would contain itself, `exhausted` beyond `rulesMax`.
   */
  put(draft: AlertRuleDraft): Promise<AlertRule>;
  /** False when there is none. Throws `conflict` while composite rules contain it. */
  remove(reference: RuleReference): Promise<boolean>;
  get(reference: RuleReference): RuleReport | undefined;
  /** In the order of their names. */
  list(filter?: WorkspaceFilter): RuleReport[];
}

/** What is said to silence alerts. */
export type SilenceDraft = Omit<Silence, 'id' | 'startsAt' | 'workspaceId'> &
  Partial<Pick<Silence, 'startsAt' | 'workspaceId'>>;

/** Silences. One that is over is forgotten a day later. */
export interface Silences {
  /** Begins now unless said otherwise. Throws `invalid_input`, and `exhausted` beyond `silencesMax`. */
  add(draft: SilenceDraft): Promise<Silence>;
  /** Ends it now. False when there is none that could end. */
  expire(id: string): Promise<boolean>;
  list(filter?: WorkspaceFilter): Silence[];
}

/** What is said about maintenance. */
export type MaintenanceDraft = Omit<MaintenanceWindow, 'id' | 'workspaceId'> &
  Partial<Pick<MaintenanceWindow, 'id' | 'workspaceId'>>;

/** Maintenance windows. */
export interface Maintenance {
  /** Adds a window, or replaces the one with this id. Throws `invalid_input`, `not_found` for an id that nobody has, `exhausted`. */
  put(draft: MaintenanceDraft): Promise<MaintenanceWindow>;
  remove(id: string): Promise<boolean>;
  list(filter?: WorkspaceFilter): MaintenanceWindow[];
}

/** Who has seen which alert. */
export interface AcknowledgeInput extends WorkspaceFilter {
  readonly alertId: string;
  readonly by: string;
  readonly note?: string;
}

/** Rules, their alerts, and who is told of them. All calls but `start` and `stop` need a running service (`unavailable`). */
export interface Alerts extends Service {
  readonly rules: AlertRules;
  readonly silences: Silences;
  readonly maintenance: Maintenance;
  /** Alerts that are not inactive. */
  list(filter?: WorkspaceFilter): AlertReport[];
  /** Stops repeats until the alert has resolved. Throws `not_found` unless it fires (in that workspace, if one is named), and `invalid_input`. */
  acknowledge(input: AcknowledgeInput): Promise<Acknowledgement>;
  /** Transitions, newest first. Throws `invalid_input`. */
  history(query?: HistoryQuery): Promise<HistoryPage>;
  /** Notifications on their way and done, newest first. `limit`: 1 to 1,000, default 100. */
  deliveries(limit?: number): Promise<readonly Delivery[]>;
  /**
   * What the rule would have done in the past, by the same state machine. It need not be one of `rules`, and changes nothing.
   * Throws `invalid_input`, and `unavailable` without stored history.
   */
  backtest(draft: AlertRuleDraft, range: BacktestRange): Promise<Backtest>;
  /** Evaluates what is due and resolves when that is stored. The service does it by itself; tests and programs that step a clock call it. */
  evaluate(): Promise<void>;
}
