import { bytesOf, type ByteCursor } from './byte-cursor.ts';

const prefix = bytesOf('cpu');
const space = 32;

/**
 * Busy and all ticks of every core, and how far they moved between two looks at `/proc/stat`. Loops count, here and beside: so seldom run, they are
 * interpreted for minutes, and there iterators cost more than what they go over.
 */
export class ProcessorTimes {
  // Indexed by the number of the core; a core that is offline keeps its last figures.
  #busy: number[] = [];
  #total: number[] = [];
  #busyMoved: number[] = [];
  #totalMoved: number[] = [];
  #seen: number[] = [];

  /** Takes the present figures in. */
  take(cursor: ByteCursor): void {
    this.#seen.length = 0;
    while (!cursor.isAtEnd && cursor.takes(prefix)) {
      if (cursor.bytes[cursor.position] !== space) this.#takeCore(cursor);
      cursor.nextLine();
    }
  }

  /** How many cores are online. */
  get count(): number {
    return this.#seen.length;
  }

  /** Busy percent of each core that is online and, where a set is given, in it. */
  perCore(allowed: ReadonlySet<number> | undefined): number[] {
    const percents: number[] = [];
    for (let index = 0; index < this.#seen.length; index += 1) {
      const core = this.#seen[index] ?? 0;
      if (allowed && !allowed.has(core)) continue;
      percents.push(shareOf(this.#busyMoved[core] ?? 0, this.#totalMoved[core] ?? 0));
    }
    return percents;
  }

  /** Busy percent of these cores together. */
  percent(allowed: ReadonlySet<number> | undefined): number {
    let busy = 0;
    let total = 0;
    for (let index = 0; index < this.#seen.length; index += 1) {
      const core = this.#seen[index] ?? 0;
      if (allowed && !allowed.has(core)) continue;
      busy += this.#busyMoved[core] ?? 0;
      total += this.#totalMoved[core] ?? 0;
    }
    return shareOf(busy, total);
  }

  #takeCore(cursor: ByteCursor): void {
    const core = cursor.number();
    const worked = cursor.number() + cursor.number() + cursor.number();
    const idle = cursor.number() + cursor.number();
    // Interrupts, soft interrupts, stolen; time of guests stands in user time already.
    const busy = worked + cursor.number() + cursor.number() + cursor.number();
    const total = busy + idle;
    const isNew = this.#total[core] === undefined;
    // The kernel lets the idle time of a core go back a little at times.
    this.#busyMoved[core] = isNew ? 0 : Math.max(0, busy - (this.#busy[core] ?? 0));
    this.#totalMoved[core] = isNew ? 0 : Math.max(0, total - (this.#total[core] ?? 0));
    this.#busy[core] = busy;
    this.#total[core] = total;
    this.#seen.push(core);
  }
}

function shareOf(busy: number, total: number): number {
  return total <= 0 ? 0 : Math.min(100, (100 * busy) / total);
}
