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

  /** Looks at one moment, given every alert that fires; answers for any number of alerts why each is muted, with nothing when it is not. */
  at(moment: number, firing: Iterable<Mutable>): (alert: Mutable) => Mute[] {
    const silences = [...this.silences.values()].filter(
      ({ startsAt, endsAt }) => startsAt <= moment && moment < endsAt,
    );
    const windows = [...this.#maintenance.values()].flatMap(({ window, times }) =>
      times(moment) ? [window] : [],
    );
    const inhibitors = this.#inhibitions.map((inhibition) => inhibitorOf(inhibition, firing));
    return (alert) => [
      ...silences
        .filter((silence) => covers(silence, alert))
        .map(({ id }): Mute => ({ kind: 'silence', id })),
      ...windows
        .filter((window) => covers(window, alert))
        .map(({ id }): Mute => ({ kind: 'maintenance', id })),
      ...inhibitors.flatMap((inhibitor): Mute[] => {
        const by = inhibitor(alert);
        return by === null ? [] : [{ kind: 'inhibition', by }];
      }),
    ];
  }
}

// Sources are looked up by the values that have to be equal, for there may be thousands that fire.
function inhibitorOf(
  { source, target, equal }: Inhibition,
  firing: Iterable<Mutable>,
): (alert: Mutable) => string | null {
  const keyOf = ({ workspaceId, labels }: Mutable): string =>
    JSON.stringify([workspaceId, ...equal.map((name) => labels[name] ?? '')]);
  const sources = new Map<string, string>();
  for (const alert of firing) {
    // An alert that is source and target at once does not mute its like, or two of them would mute each other.
    const isSource = matches(source, alert.labels) && !matches(target, alert.labels);
    if (isSource && !sources.has(keyOf(alert))) sources.set(keyOf(alert), alert.alertId);
  }
  return (alert) => (matches(target, alert.labels) ? (sources.get(keyOf(alert)) ?? null) : null);
}

function covers(mute: Silence | MaintenanceWindow, alert: Mutable): boolean {
  return (
    (mute.workspaceId === null || mute.workspaceId === alert.workspaceId) &&
    matches(mute.matchers, alert.labels)
  );
}
