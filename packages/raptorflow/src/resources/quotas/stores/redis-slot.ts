import { RaptorFlowError } from '../../../kernel/index.ts';
import type { RedisLink } from '../../../storage/index.ts';
import type { Counter } from '../counter.ts';
import type { CounterReading } from '../store.ts';
import {
  Batch,
  lookAnswer,
  lookArgs,
  type BatchLease,
  type Give,
  type PendingTake,
  type SlotTaken,
  type SlotTaking,
} from './redis-batch.ts';
import { runScript, type ServerTime } from './redis-calls.ts';
import { answered, lostLease, otherPeriod, scripts, type Script } from './redis-scripts.ts';

/** Requests that travel in one script. */
const batchTakesMax = 1_024;
/** A period may end while a batch is on its way, and a lease be lost; more than that in a row is no accident. */
const attemptsMax = 5;

/** Under which lease something of a slot is held; a request that takes from shares, too, has more. */
export interface SlotLease {
  readonly slot: Slot | null;
  readonly generation: number;
  readonly shares: null;
}

/** What slots share. */
export interface SlotHost {
  readonly link: RedisLink;
  readonly holder: string;
  readonly leaseMs: number;
  readonly time: ServerTime;
  onLeaseLost(counters: readonly string[]): void;
}

/**
 * The counters of one slot as this process sees them. What is asked in one turn of the event loop travels together, and one batch at a time is on
 * its way, so the server decides turn after turn, and within a turn in the order of the questions, equal ones together.
 */
export class Slot {
  readonly #host: SlotHost;
  readonly #key: string;
  /** What this process holds, by counter. */
  readonly #claims = new Map<string, number>();
  #generation = 1;
  /** The server has not heard of this generation yet. */
  #isNew = true;
  #takes: PendingTake[] = [];
  #gives: Give[] = [];
  #isRenewalDue = false;
  #pumping: Promise<void> | null = null;

  constructor(host: SlotHost, key: string) {
    this.#host = host;
    this.#key = key;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Nothing is held and nothing on its way. */
  get isIdle(): boolean {
    return this.#pumping === null && this.#claims.size === 0;
  }

  take(taking: SlotTaking): Promise<SlotTaken> {
    return new Promise((resolve, reject) => {
      this.#takes.push({ taking, resolve, reject });
      this.#pump();
    });
  }

  /** Gives back what is held; what was held under a lost lease has come back already. */
  give(key: string, amount: number, generation: number): Promise<void> {
    if (generation !== this.#generation) return Promise.resolve();
    const left = (this.#claims.get(key) ?? 0) - amount;
    if (left > 0) this.#claims.set(key, left);
    else this.#claims.delete(key);
    return this.giveBack(key, amount, null);
  }

  /** Gives back a part of a share of a period that has not been used. */
  giveBack(key: string, amount: number, index: number | null): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#gives.push({ key, amount, index, resolve, reject });
      this.#pump();
    });
  }

  /** Says that this process lives, and what it holds. */
  renew(): void {
    if (this.#claims.size === 0) return;
    this.#isRenewalDue = true;
    this.#pump();
  }

  async read(counters: readonly Counter[], attempt = 1): Promise<readonly CounterReading[]> {
    if (attempt > attemptsMax) throw restless();
    const { leaseMs, time } = this.#host;
    const answer = await this.#run(scripts.count, lookArgs(this.#holder(), leaseMs, time.now(), counters));
    return answer[0] === otherPeriod ? this.read(counters, attempt + 1) : lookAnswer(answer, counters);
  }

  /** Resolves when nothing is on its way any more and all that was held has come back. */
  async leave(): Promise<void> {
    while (this.#pumping) await this.#pumping;
    const holder = this.#holder();
    const isKnown = !this.#isNew;
    // Grants that outlive the store find that they have come back.
    this.#generation += 1;
    this.#isNew = true;
    this.#claims.clear();
    if (isKnown) await this.#run(scripts.leave, [holder]);
  }

  #pump(): void {
    this.#pumping ??= this.#work().finally(() => {
      this.#pumping = null;
      if (this.#hasWork()) this.#pump();
    });
  }

  #hasWork(): boolean {
    return this.#takes.length > 0 || this.#gives.length > 0 || this.#isRenewalDue;
  }

  async #work(): Promise<void> {
    while (this.#hasWork()) {
      // After the present turn of the event loop, so that all it asks for travels together.
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      if (this.#isRenewalDue) await this.#sendRenewal();
      await this.#sendBatch();
    }
  }

  async #sendRenewal(): Promise<void> {
    this.#isRenewalDue = false;
    const args: (string | number)[] = [this.#holder(), this.#host.leaseMs, this.#claims.size];
    // What waits to be given is not claimed any more, so the renewal gives it.
    const gives = this.#gives.filter(({ index }) => index === null);
    this.#gives = this.#gives.filter(({ index }) => index !== null);
    for (const [key, amount] of this.#claims) args.push(key, amount);
    try {
      const answer = await this.#run(scripts.renew, args);
      if (answer[0] === lostLease) this.#loseLease();
      for (const give of gives) give.resolve();
    } catch (error) {
      // The next renewal says the same; requests tell of the failure themselves.
      for (const give of gives) give.reject(error);
    }
  }

  async #sendBatch(): Promise<void> {
    const takes = this.#takes.splice(0, batchTakesMax);
    let gives = this.#gives;
    this.#gives = [];
    if (takes.length === 0 && gives.length === 0) return;
    const batch = new Batch(takes);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const holder = batch.isHeld || gives.length > 0 ? this.#holder() : '';
        const args = batch.args(holder, this.#isNew, this.#host.leaseMs, this.#host.time.now(), gives);
        const answer = await this.#run(scripts.count, args);
        if (answer[0] === answered) {
          if (holder !== '') this.#isNew = false;
          for (const give of gives) give.resolve();
          batch.answer(answer, this.#lease());
          return;
        }
        if (answer[0] === lostLease) {
          this.#loseLease();
          // They belong to the lease that was lost.
          for (const give of gives) give.resolve();
          gives = [];
        }
        if (attempt === attemptsMax) throw restless();
      }
    } catch (error) {
      for (const pending of [...gives, ...takes]) pending.reject(error);
    }
  }

  #lease(): BatchLease {
    const generation = this.#generation;
    return {
      generation,
      lease: { slot: this, generation, shares: null } satisfies SlotLease,
      claim: (key, amount) => void this.#claims.set(key, (this.#claims.get(key) ?? 0) + amount),
    };
  }

  #loseLease(): void {
    const lost = [...this.#claims.keys()];
    this.#claims.clear();
    for (const give of this.#gives.splice(0)) give.resolve();
    this.#generation += 1;
    this.#isNew = true;
    if (lost.length > 0) this.#host.onLeaseLost(lost);
  }

  #holder(): string {
    return `${this.#host.holder}.${this.#generation}`;
  }

  async #run(what: Script, args: readonly (string | number)[]): Promise<readonly unknown[]> {
    const answer = (await runScript(this.#host.link, what, [this.#key], args)) as readonly unknown[];
    this.#host.time.heard(Number(answer[1]));
    return answer;
  }
}

function restless(): RaptorFlowError {
  return new RaptorFlowError(
    'unavailable',
    `Redis answered ${attemptsMax} times in a row that it is another period than this process takes it for; look at the server's clock.`,
  );
}
