import { BoundedQueue } from '../../kernel/index.ts';
import type { CleanupPriority } from './task.ts';

const priorities: readonly CleanupPriority[] = ['critical', 'high', 'medium', 'low'];

/** What waits for a worker: by priority, and in the order of arrival within one. */
export class WorkQueue<Item> {
  readonly limit: number;
  readonly #lines: ReadonlyMap<CleanupPriority, BoundedQueue<Item>>;

  constructor(limit: number) {
    this.limit = limit;
    this.#lines = new Map(priorities.map((priority) => [priority, new BoundedQueue<Item>(limit)]));
  }

  get size(): number {
    let size = 0;
    for (const line of this.#lines.values()) size += line.size;
    return size;
  }

  /** False, and nothing changed, when as many wait as may, of all priorities together. */
  push(item: Item, priority: CleanupPriority): boolean {
    return this.size < this.limit && this.#lines.get(priority)?.push(item) === true;
  }

  shift(): Item | undefined {
    for (const line of this.#lines.values()) {
      if (line.size > 0) return line.shift();
    }
    return undefined;
  }
}
