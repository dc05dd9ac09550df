import type { Labels } from './instance.ts';
import { timesOf, type MaintenanceTimes, type MaintenanceWindow } from './maintenance.ts';
import { matches, type Silence } from './matcher.ts';
import type { Inhibition } from './options.ts';

/** What muting looks at. */
export interface Mutable {
  readonly alertId: string;
  readonly workspaceId: string | null;
  readonly labels: Labels;
}

/** Why an alert is not told of. */
export type Mute =
  | { readonly kind: 'silence'; readonly id: string }
  | { readonly kind: 'maintenance'; readonly id: string }
  | { readonly kind: 'inhibition'; /** The alert that makes it superfluous. */ readonly by: string };

/** What keeps alerts from being told of: silences, maintenance windows, and other alerts. It changes nothing about their states. */
export class Mutes {
  readonly silences: Map<string, Silence> = new Map();
  readonly #maintenance = new Map<
    string,
    { readonly window: MaintenanceWindow; readonly times: MaintenanceTimes }
  >();
  readonly #inhibitions: readonly Inhibition[];

  constructor(inhibitions: readonly Inhibition[]) {
    this.#inhibitions = inhibitions;
  }

  /** The windows that are known. */
  windows(): MaintenanceWindow[] {
    return [...this.#maintenance.values()].map(({ window }) => window);
  }

  putWindow(window: MaintenanceWindow): void {
    this.#maintenance.set(window.id, { window, times: timesOf(window.schedule) });
  }

  removeWindow(id: string): boolean {
    return this.#maintenance.delete(id);
  }

  /** Why the alert is muted at this moment, given every alert that fires; empty when it is not. */
  of(alert: Mutable, firing: Iterable<Mutable>, at: number): Mute[] {
    const found: Mute[] = [];
    for (const silence of this.silences.values()) {
      if (silence.startsAt <= at && at < silence.endsAt && covers(silence, alert)) {
        found.push({ kind: 'silence', id: silence.id });
      }
    }
    for (const { window, times } of this.#maintenance.values()) {
      if (covers(window, alert) && times(at)) found.push({ kind: 'maintenance', id: window.id });
    }
    const by = this.#inhibitor(alert, firing);
    if (by !== null) found.push({ kind: 'inhibition', by });
    return found;
  }

  #inhibitor(alert: Mutable, firing: Iterable<Mutable>): string | null {
    const rules = this.#inhibitions.filter(({ target }) => matches(target, alert.labels));
    if (rules.length === 0) return null;
    for (const other of firing) {
      if (other.alertId === alert.alertId || other.workspaceId !== alert.workspaceId) continue;
      // An alert that is source and target of the same rule does not silence its like, or two of them would silence each other.
      const isSource = rules.some(
        ({ source, target, equal }) =>
          matches(source, other.labels) &&
          !matches(target, other.labels) &&
          equal.every((name) => (other.labels[name] ?? '') === (alert.labels[name] ?? '')),
      );
      if (isSource) return other.alertId;
    }
    return null;
  }
}

function covers(mute: Silence | MaintenanceWindow, alert: Mutable): boolean {
  return (
    (mute.workspaceId === null || mute.workspaceId === alert.workspaceId) &&
    matches(mute.matchers, alert.labels)
  );
}
