import type { RegisterOptions } from './resource.ts';
import { slotFlags, type SlotTable } from './slot-table.ts';

/** A figure that tells whether a resource is used, and what it was when it was last asked for. */
interface Activity {
  readonly read: () => number;
  last: number;
}

/** What few resources say about themselves, beside the table, which has what all of them say. */
export class Claims {
  readonly #table: SlotTable;
  readonly #activities = new Map<number, Activity>();
  readonly #limits = new Map<number, number>();

  constructor(table: SlotTable) {
    this.#table = table;
  }

  note(slot: number, { activity, lifetimeMsMax }: RegisterOptions): void {
    if (activity !== undefined) {
      this.#table.setFlag(slot, slotFlags.activity, true);
      this.#activities.set(slot, { read: activity, last: figureOf(activity) });
    }
    if (lifetimeMsMax !== undefined) {
      this.#table.setFlag(slot, slotFlags.limited, true);
      this.#limits.set(slot, lifetimeMsMax);
    }
  }

  forget(slot: number): void {
    this.#activities.delete(slot);
    this.#limits.delete(slot);
  }

  /** Milliseconds from which it is suspected by what it says itself; undefined when it says nothing. */
  limitMs(slot: number): number | undefined {
    return this.#table.hasFlag(slot, slotFlags.limited) ? this.#limits.get(slot) : undefined;
  }

  /** Whether its figure has changed since it was last asked for. A figure that throws or has gone says nothing. */
  hasChanged(slot: number): boolean {
    const activity = this.#activities.get(slot);
    if (activity === undefined) return false;
    const value = figureOf(activity.read);
    if (Number.isNaN(value) || value === activity.last) return false;
    activity.last = value;
    return true;
  }
}

function figureOf(read: () => number): number {
  try {
    return read();
  } catch {
    return Number.NaN;
  }
}
