import type { Counter, Raise } from '../counter.ts';

/** Usage, limit and period. */
export const figuresOfACounter: number = 3;

/** A request to a slot. */
export interface SlotTaking {
  readonly counters: readonly Counter[];
  readonly maxima: readonly number[];
  readonly amount: number;
  /** Of a share: how much more there is use for, and how much more would be welcome. */
  readonly want: number;
  readonly spare: number;
}

/** The answer of a slot. */
export interface SlotTaken {
  readonly refusedBy: number;
  readonly usage: readonly number[];
  readonly limits: readonly number[];
  readonly raises: readonly Raise[];
  /** Of a share, what came beyond the amount. */
  readonly more: number;
  /** The period of its first counter. */
  readonly index: number;
  /** Names the lease under which it is held. */
  readonly generation: number;
}

/** A request that waits for its answer. */
export interface PendingTake {
  readonly taking: SlotTaking;
  resolve(taken: SlotTaken): void;
  reject(error: unknown): void;
}

/** Something that goes back. */
export interface Give {
  readonly key: string;
  readonly amount: number;
  /** Of what was counted in a period and is not needed: which one. Null for what is held. */
  readonly index: number | null;
  resolve(): void;
  reject(error: unknown): void;
}

/** Equal requests of one batch: they are decided together, in the order of the first of them. */
interface Run {
  readonly taking: SlotTaking;
  readonly takes: PendingTake[];
}

/** What one script is asked and answers. */
export class Batch {
  readonly isHeld: boolean;
  readonly #runs: Run[] = [];
  readonly #places = new Map<string, number>();
  readonly #counters: Counter[] = [];

  constructor(takes: readonly PendingTake[]) {
    let isHeld = false;
    // Of each plan the run that may grow.
    const runs = new Map<readonly Counter[], Run>();
    for (const take of takes) {
      const { taking } = take;
      const known = runs.get(taking.counters);
      if (known && areEqual(known.taking, taking)) {
        known.takes.push(take);
        continue;
      }
      const run = { taking, takes: [take] };
      runs.set(taking.counters, run);
      this.#runs.push(run);
      for (const counter of taking.counters) {
        if (this.#places.has(counter.key)) continue;
        this.#counters.push(counter);
        this.#places.set(counter.key, this.#counters.length);
        if (counter.isHeld) isHeld = true;
      }
    }
    this.isHeld = isHeld;
  }

  args(
    holder: string,
    isNew: boolean,
    leaseMs: number,
    now: number,
    gives: readonly Give[],
  ): (string | number)[] {
    const args: (string | number)[] = [holder, isNew ? 1 : 0, leaseMs, 0, gives.length];
    for (const { key, amount, index } of gives) args.push(key, amount, index ?? '');
    args.push(this.#counters.length);
    for (const counter of this.#counters) pushCounter(args, counter, now);
    args.push(this.#runs.length);
    for (const { taking, takes } of this.#runs) {
      const { amount, want, spare, counters, maxima } = taking;
      args.push(amount, takes.length, want, spare, counters.length);
      for (const [place, counter] of counters.entries()) {
        args.push(this.#places.get(counter.key) ?? 0, maxima[place] ?? counter.limit);
      }
    }
    return args;
  }

  answer(answer: readonly unknown[], generation: number, claim: (key: string, amount: number) => void): void {
    let at = 2;
    const next = (): unknown => answer[at++];
    let raises = Array.from({ length: Number(next() ?? 0) }, (): Raise => {
      const [counter, from, to, past] = [this.#counters[Number(next()) - 1], next(), next(), next()];
      return {
        counter: counter as Counter,
        from: Number(from),
        to: Number(to),
        past: String(past).split(',').map(Number),
      };
    });
    for (const { taking, takes } of this.#runs) {
      const [granted, refusedBy, more] = [Number(next()), Number(next()), Number(next())];
      const figures = taking.counters.map(() => [Number(next()), Number(next()), Number(next())] as const);
      const limits = figures.map(([, limit]) => limit);
      for (const [number, take] of takes.entries()) {
        const isGranted = number < granted;
        // The figures are those after the run: the request before the last one left so much less.
        const after = isGranted ? (granted - 1 - number) * taking.amount : 0;
        const usage = figures.map(([used]) => used - after);
        const index = figures[0]?.[2] ?? 0;
        take.resolve({
          refusedBy: isGranted ? -1 : refusedBy - 1,
          usage,
          limits,
          raises,
          more,
          index,
          generation,
        });
        raises = [];
        if (!isGranted) continue;
        for (const { key, isHeld } of taking.counters) if (isHeld) claim(key, taking.amount + more);
      }
    }
  }
}

function areEqual(a: SlotTaking, b: SlotTaking): boolean {
  return (
    a.amount === b.amount &&
    a.want + a.spare + b.want + b.spare === 0 &&
    (a.maxima === b.maxima || a.maxima.every((max, place) => max === b.maxima[place]))
  );
}

/** What a script is told of a counter; `now` is the server's time. */
export function pushCounter(args: (string | number)[], counter: Counter, now: number): void {
  const { key, kind, isHeld, clock, limit } = counter;
  const span = clock !== null && clock.lengthMs === 0 ? clock.at(now) : null;
  args.push(
    key,
    kind,
    isHeld ? 1 : 0,
    clock?.lengthMs ?? 0,
    span?.index ?? 0,
    span?.start ?? 0,
    span?.end ?? 0,
    limit,
    clock?.lengthMsMax ?? 0,
  );
}
