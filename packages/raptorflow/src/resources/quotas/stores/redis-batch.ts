import type { Counter, Raise } from '../counter.ts';
import type { CounterReading, Taken } from '../store.ts';

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
export interface SlotTaken extends Taken {
  /** Of a share, what came beyond the amount. */
  readonly more: number;
  /** The period of a share. */
  readonly index: number;
  /** Names the lease under which it is held. */
  readonly generation: number;
}

/** What goes into every answer of a batch. */
export interface BatchLease {
  readonly generation: number;
  readonly lease: unknown;
  /** Notes what is held now. */
  claim(key: string, amount: number): void;
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

type Argument = string | number;

/** The counters of one script: each is told once, and the rules of its quota once for all of them. */
class CounterTable {
  readonly counters: Counter[] = [];
  isHeld = false;
  readonly #places = new Map<string, number>();

  add(counters: readonly Counter[]): void {
    for (const counter of counters) {
      if (this.#places.has(counter.key)) continue;
      this.counters.push(counter);
      this.#places.set(counter.key, this.counters.length);
      if (counter.isHeld) this.isHeld = true;
    }
  }

  placeOf({ key }: Counter): number {
    return this.#places.get(key) ?? 0;
  }

  /** `now` is the server's time. */
  pushTo(args: Argument[], now: number): void {
    const rules: Counter[] = [];
    const numbers = new Map<string, number>();
    const counters: Argument[] = [this.counters.length];
    for (const counter of this.counters) {
      let number = numbers.get(counter.quotaKey) ?? 0;
      if (!haveOneRule(rules[number - 1], counter)) {
        number = rules.push(counter);
        numbers.set(counter.quotaKey, number);
      }
      counters.push(counter.key, number);
    }
    args.push(rules.length);
    for (const rule of rules) pushRule(args, rule, now);
    for (const argument of counters) args.push(argument);
  }
}

/** What one script is asked and answers. */
export class Batch {
  readonly #runs: Run[] = [];
  readonly #table = new CounterTable();

  constructor(takes: readonly PendingTake[]) {
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
      this.#table.add(taking.counters);
    }
  }

  get isHeld(): boolean {
    return this.#table.isHeld;
  }

  args(holder: string, isNew: boolean, leaseMs: number, now: number, gives: readonly Give[]): Argument[] {
    const args: Argument[] = [holder, isNew ? 1 : 0, leaseMs, 0];
    pushGives(args, gives);
    this.#table.pushTo(args, now);
    const shapes = new Map<string, number>();
    const [described, runs]: [Argument[], Argument[]] = [[], []];
    for (const { taking, takes } of this.#runs) {
      const { amount, want, spare, counters, maxima } = taking;
      const name = `${amount} ${want} ${spare} ${maxima.join(' ')}`;
      let shape = shapes.get(name);
      if (shape === undefined) {
        shape = shapes.size + 1;
        shapes.set(name, shape);
        described.push(amount, want, spare, maxima.length, ...maxima);
      }
      runs.push(shape, takes.length);
      for (const counter of counters) runs.push(this.#table.placeOf(counter));
    }
    args.push(shapes.size);
    for (const argument of described) args.push(argument);
    args.push(this.#runs.length);
    for (const argument of runs) args.push(argument);
    return args;
  }

  answer(answer: readonly unknown[], lease: BatchLease): void {
    const read = new AnswerReader(answer, this.#table.counters);
    let { raises } = read;
    for (const { taking, takes } of this.#runs) {
      const [granted, refusedBy, more] = [read.next(), read.next(), read.next()];
      const isShare = taking.want + taking.spare > 0;
      const figures = taking.counters.map((counter) => read.figures(counter, isShare));
      const limits = figures.map(({ limit }) => limit);
      for (const [number, take] of takes.entries()) {
        const isGranted = number < granted;
        // The figures are those after the run: the request before the last one left so much less.
        const after = isGranted ? (granted - 1 - number) * taking.amount : 0;
        take.resolve({
          refusedBy: isGranted ? -1 : refusedBy - 1,
          usage: figures.map(({ used }) => used - after),
          limits,
          raises,
          more,
          index: figures[0]?.index ?? 0,
          generation: lease.generation,
          lease: lease.lease,
        });
        raises = noRaises;
        if (!isGranted) continue;
        for (const { key, isHeld } of taking.counters) if (isHeld) lease.claim(key, taking.amount + more);
      }
    }
  }
}

const noRaises: readonly Raise[] = Object.freeze([]);

/** Arguments of a mere look at counters. */
export function lookArgs(
  holder: string,
  leaseMs: number,
  now: number,
  counters: readonly Counter[],
): Argument[] {
  const args: Argument[] = [holder, 1, leaseMs, 1, 0];
  const table = new CounterTable();
  table.add(counters);
  table.pushTo(args, now);
  // A request that is made no time at all only shows what there is.
  args.push(1, 1, 0, 0, counters.length);
  for (const { limit } of counters) args.push(limit);
  args.push(1, 1, 0);
  for (const counter of counters) args.push(table.placeOf(counter));
  return args;
}

/** What a look has shown. */
export function lookAnswer(answer: readonly unknown[], counters: readonly Counter[]): CounterReading[] {
  const read = new AnswerReader(answer, counters);
  for (let skipped = 0; skipped < 3; skipped += 1) read.next();
  return counters.map((counter) => {
    const { used, limit } = read.figures(counter, false);
    return { used, limit };
  });
}

class AnswerReader {
  readonly raises: readonly Raise[];
  readonly #answer: readonly unknown[];
  #at = 2;

  constructor(answer: readonly unknown[], counters: readonly Counter[]) {
    this.#answer = answer;
    this.raises = Array.from({ length: this.next() }, (): Raise => {
      const counter = counters[this.next() - 1] as Counter;
      const [from, to] = [this.next(), this.next()];
      return { counter, from, to, past: String(this.#part()).split(',').map(Number) };
    });
  }

  next(): number {
    return Number(this.#part());
  }

  figures(
    { kind, limit }: Counter,
    isShare: boolean,
  ): { readonly used: number; readonly limit: number; readonly index: number } {
    const used = this.next();
    const present = kind === 'dynamic' ? this.next() : limit;
    return { used, limit: present, index: isShare ? this.next() : 0 };
  }

  #part(): unknown {
    const part = this.#answer[this.#at];
    this.#at += 1;
    return part;
  }
}

function haveOneRule(a: Counter | undefined, b: Counter): boolean {
  return a !== undefined && a.kind === b.kind && a.limit === b.limit && a.clock === b.clock;
}

function areEqual(a: SlotTaking, b: SlotTaking): boolean {
  return (
    a.amount === b.amount &&
    a.want + a.spare + b.want + b.spare === 0 &&
    (a.maxima === b.maxima || a.maxima.every((max, place) => max === b.maxima[place]))
  );
}

/** What goes back of one counter goes back at once. */
function pushGives(args: Argument[], gives: readonly Give[]): void {
  const sums = new Map<string, { readonly give: Give; amount: number }>();
  for (const give of gives) {
    const name = `${give.index ?? ''} ${give.key}`;
    const sum = sums.get(name);
    if (sum) sum.amount += give.amount;
    else sums.set(name, { give, amount: give.amount });
  }
  args.push(sums.size);
  for (const { give, amount } of sums.values()) args.push(give.key, amount, give.index ?? '');
}

function pushRule(args: Argument[], { kind, isHeld, clock, limit }: Counter, now: number): void {
  const span = clock !== null && clock.lengthMs === 0 ? clock.at(now) : null;
  args.push(
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
