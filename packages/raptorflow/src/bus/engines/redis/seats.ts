import type { Clock } from '../../../kernel/index.ts';
import { presentMs, RecentWorkspaces } from '../../recent-workspaces.ts';
import { DueTimers } from './due-timers.ts';

/**
 * Keeps a place of a group's members free while several workspaces come and go: an event of one that had nothing waiting begins at once, and not
 * when an event of another one has ended.
 */
export class Seats {
  readonly #clock: Clock;
  readonly #recent = new Map<string, RecentWorkspaces>();
  /** The partitions that they are in. */
  readonly #places = new Map<string, RecentWorkspaces>();
  readonly #lapses: DueTimers;
  readonly #onFree: (group: string) => void;

  /** `onFree` is told when nobody else has been there for a while, so that the place is anybody's. */
  constructor(clock: Clock, onFree: (group: string) => void) {
    this.#clock = clock;
    this.#lapses = new DueTimers(clock);
    this.#onFree = onFree;
  }

  note(group: string, workspace: string, partition: number): void {
    const now = this.#clock.monotonic();
    noteIn(this.#recent, group, workspace, now);
    noteIn(this.#places, group, String(partition), now);
  }

  /** How many of `total` places one workspace may hold although nobody else waits; 0 for all of them. */
  aloneOf(group: string, inHand: Readonly<Record<string, number>>, total: number): number {
    const recent = this.#recent.get(group);
    const [top] = Object.entries(inHand).toSorted(([, left], [, right]) => right - left);
    if (!recent || !top || total < 2 || !recent.hasOther(top[0], this.#clock.monotonic())) return 0;
    this.#lapses.plan(group, this.#clock.now() + presentMs, () => this.#onFree(group));
    return total - 1;
  }

  /** Whether somebody of another partition has been there lately: what this one brings is then of somebody else. */
  isVisitedFromElsewhere(group: string, partition: number): boolean {
    return this.#places.get(group)?.hasOther(String(partition), this.#clock.monotonic()) === true;
  }

  forget(group: string): void {
    this.#recent.delete(group);
    this.#places.delete(group);
    this.#lapses.cancel((name) => name === group);
  }

  close(): void {
    this.#lapses.close();
  }
}

function noteIn(recents: Map<string, RecentWorkspaces>, group: string, name: string, now: number): void {
  let recent = recents.get(group);
  if (!recent) recents.set(group, (recent = new RecentWorkspaces()));
  recent.note(name, now);
}
