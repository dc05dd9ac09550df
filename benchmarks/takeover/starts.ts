import { fault } from '../harness/fault.ts';
import type { Member } from './member.ts';
import type { MemberLine } from './task.ts';

/** A beginning of a handler, as its member told it. */
export interface Start {
  readonly member: Member;
  readonly attempt: number;
  readonly at: number;
}

interface Waiting {
  readonly task: string;
  readonly count: number;
  readonly resolve: (start: Start) => void;
}

/** Writes down which member began and finished which task, and when. */
export class Starts {
  readonly #starts = new Map<string, Start[]>();
  readonly #finished = new Set<string>();
  #waiting: Waiting[] = [];

  readonly hear = (member: Member, line: MemberLine): void => {
    if (line.kind === 'ready') return;
    const { task, attempt } = line;
    if (line.kind === 'finished') {
      this.#finished.add(task);
      return;
    }
    const starts = this.of(task);
    starts.push({ member, attempt, at: performance.now() });
    this.#starts.set(task, starts);
    for (const { task: wanted, count, resolve } of this.#waiting) {
      const start = starts[count - 1];
      if (wanted === task && start) resolve(start);
    }
  };

  of(task: string): Start[] {
    return this.#starts.get(task) ?? [];
  }

  isFinished(task: string): boolean {
    return this.#finished.has(task);
  }

  /** The so-many-th start of a task; rejects when it does not come in time. */
  async wait(task: string, count: number, timeoutMs: number): Promise<Start> {
    const known = this.of(task)[count - 1];
    if (known) return known;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Start>((resolve, reject) => {
        this.#waiting.push({ task, count, resolve });
        timer = setTimeout(
          () => reject(fault(`start ${count} of ${task} did not come in ${timeoutMs} ms`)),
          timeoutMs,
        );
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = this.#waiting.filter((waiting) => waiting.task !== task);
    }
  }

  /** Resolves when the handlers of all these tasks have come to their end. */
  async waitForEnds(tasks: readonly string[], timeoutMs: number): Promise<void> {
    const endsAt = performance.now() + timeoutMs;
    let open = tasks;
    while (open.length > 0) {
      if (performance.now() > endsAt)
        throw fault(`the handlers of ${open.join(', ')} did not come to an end`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      open = open.filter((task) => !this.#finished.has(task));
    }
  }

  /** Starts of tasks whose handler before was still alive: its member was neither killed nor frozen. */
  doubles(): number {
    let doubles = 0;
    for (const starts of this.#starts.values()) {
      for (const [index, start] of starts.entries()) {
        const before = starts[index - 1];
        if (before && !before.member.frozen && before.member.killedAt > start.at) doubles += 1;
      }
    }
    return doubles;
  }
}
