import { BoundedQueue, invariant } from '../../kernel/index.ts';
import type { CleanupPriority } from './task.ts';

const priorities: readonly CleanupPriority[] = ['critical', 'high', 'medium', 'low'];

/** What waits for a worker: by priority, and in the order of arrival within one. */
export class WorkQueue<Item> {
  readonly #lines: ReadonlyMap<CleanupPriority, BoundedQueue<Item>>;

  constructor(limit: number) {
    this.#lines = new Map(priorities.map((priority) => [priority, new BoundedQueue<Item>(limit)]));
  }

  get size(): number {
    let size = 0;
    for (const line of this.#lines.values()) size += line.size;
    return size;
  }

  /** Whoever pushes keeps the size of the whole within the limit. */
  push(item: Item, priority: CleanupPriority): void {
    const isTaken = this.#lines.get(priority)?.push(item);
    invariant(isTaken === true, 'no more runs wait than may');
  }

  shift(): Item | undefined {
    for (const line of this.#lines.values()) {
      if (line.size > 0) return line.shift();
    }
    return undefined;
  }
}
