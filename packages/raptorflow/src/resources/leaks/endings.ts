import { slotsOf } from '../registry/listing.ts';
import type { Registry } from '../registry/registry.ts';
import { slotFlags } from '../registry/slot-table.ts';

/** Ended runs, agents and owners that are remembered, until what is open of them is released. */
const rememberedMax = 10_000;

/** What has ended: a run, an agent or an owner. */
export interface Ending {
  readonly runId?: string;
  readonly agentId?: string;
  readonly owner?: string;
}

/** Remembers what has ended, and when. */
export class Endings {
  readonly #endedAt = new Map<string, number>();

  /** Notes that this has ended at this time. */
  note(ending: Ending, now: number): void {
    for (const key of keysOf(ending)) {
      this.#endedAt.delete(key);
      this.#endedAt.set(key, now);
    }
    for (const oldest of this.#endedAt.keys()) {
      if (this.#endedAt.size <= rememberedMax) return;
      this.#endedAt.delete(oldest);
    }
  }

  /** Notes that this has ended, and what is open of it now. What is registered for it later counts as a new beginning. */
  mark(registry: Registry, ending: Ending): void {
    this.note(ending, registry.clock.monotonic());
    for (const [key, value] of Object.entries<string | undefined>({ ...ending })) {
      if (value === undefined) continue;
      for (const slot of slotsOf(registry, { [key]: value }, Number.POSITIVE_INFINITY)) {
        registry.table.setFlag(slot, slotFlags.ended, true);
      }
    }
  }

  /** Since when something of this is over, by the monotonic clock; undefined when nothing is. */
  endedAt(of: Ending): number | undefined {
    if (this.#endedAt.size === 0) return undefined;
    const times = keysOf(of).flatMap((key) => this.#endedAt.get(key) ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

function keysOf({ runId, agentId, owner }: Ending): string[] {
  const keys: string[] = [];
  if (runId !== undefined) keys.push(`run ${runId}`);
  if (agentId !== undefined) keys.push(`agent ${agentId}`);
  if (owner !== undefined) keys.push(`owner ${owner}`);
  return keys;
}
