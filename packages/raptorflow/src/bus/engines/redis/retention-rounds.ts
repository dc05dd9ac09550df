import type { Timer } from '../../../kernel/index.ts';
import type { EngineHost } from '../../engine.ts';
import type { Connection } from './connection.ts';
import type { Delivering } from './delivering.ts';
import { readLanes } from './flight.ts';
import { scripts } from './scripts.ts';

/** Events that one slice buries or removes. */
const sliceMax = 300;
/** What went wrong is tried again after this. */
const tryAgainMs = 1_000;
/** Between slices of one round others get their turn. */
const slicePauseMs = 1;

/** What retention needs of the engine. */
export interface RetentionHost {
  readonly keys: readonly string[];
  readonly connection: Connection;
  readonly engine: EngineHost;
  readonly delivering: Delivering;
  /** Rounds of one partition begin at least so far apart, unless something is left over. */
  readonly pauseMs: number;
}

/** Sees to it that expired events go, in small slices, and that no group loses one silently. Every process does it; who comes first, has the work. */
export class RetentionRounds {
  readonly #host: RetentionHost;
  readonly #timers = new Map<number, { readonly at: number; readonly timer: Timer }>();
  readonly #running = new Set<number>();
  readonly #last: number[];
  #record = 0;
  #isClosed = false;

  constructor(host: RetentionHost) {
    this.#host = host;
    this.#last = host.keys.map(() => Number.NEGATIVE_INFINITY);
  }

  /** Something of a partition expires then; null when nothing is stored that could. */
  plan(partition: number, sweepAt: number | null): void {
    if (this.#isClosed || this.#running.has(partition)) return;
    const known = this.#timers.get(partition);
    if (sweepAt === null) return;
    const { clock } = this.#host.engine;
    const at = Math.max(sweepAt, (this.#last[partition] ?? 0) + this.#host.pauseMs);
    if (known && known.at <= at) return;
    known?.timer.cancel();
    const timer = clock.setTimeout(
      () => {
        this.#timers.delete(partition);
        void this.#round(partition);
      },
      Math.max(0, at - clock.now()),
    );
    this.#timers.set(partition, { at, timer });
  }

  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  async #round(partition: number): Promise<void> {
    if (this.#isClosed || this.#running.has(partition)) return;
    const { clock, log } = this.#host.engine;
    this.#running.add(partition);
    let next: number | null = null;
    try {
      do {
        next = await this.#slice(partition);
        if (next !== null && next <= clock.now()) await clock.sleep(slicePauseMs);
      } while (next !== null && next <= clock.now() && !this.#isClosed);
    } catch (error) {
      next = clock.now() + tryAgainMs;
      if (!this.#isClosed)
        log.debug('Expired events could not be removed; it is tried again.', { partition, error });
    } finally {
      this.#running.delete(partition);
      this.#last[partition] = clock.now();
      this.plan(partition, next);
    }
  }

  async #slice(partition: number): Promise<number | null> {
    const { connection, keys, engine, delivering } = this.#host;
    const agreement = delivering.agreements[partition];
    // The connection's return is no reason to hurry.
    if (!agreement?.isReached) return engine.clock.now() + tryAgainMs;
    this.#record += 1;
    const { session, generation } = agreement.caller();
    const args = [Math.floor(engine.clock.now()), session, generation, this.#record, sliceMax];
    const swept = Promise.withResolvers<{ buried: Promise<void>; due: string }>();
    await agreement.run(
      () => connection.run(scripts.sweep, [keys[partition] ?? ''], args) as Promise<Swept | null>,
      {
        answered: (answer) => swept.resolve(this.#take(partition, session, answer)),
        failed: swept.reject,
      },
    );
    const { buried, due } = await swept.promise;
    await buried;
    return due === '' ? null : Number(due);
  }

  #take(partition: number, session: string, answer: Swept | null): { buried: Promise<void>; due: string } {
    const { delivering, engine } = this.#host;
    const agreement = delivering.agreements[partition];
    // What a session claimed that was given up meanwhile is of others.
    if (!answer || agreement?.caller().session !== session) {
      return { buried: Promise.resolve(), due: String(engine.clock.now() + tryAgainMs) };
    }
    agreement.noteKnown(session);
    const [found, names, , due] = answer;
    const lanes = delivering.lanes[partition];
    if (lanes) readLanes(names, lanes);
    const casualties = [];
    for (let at = 0; at + 3 < found.length; at += 4) {
      casualties.push({
        group: String(found[at]),
        record: String(found[at + 1]),
        base: Number(found[at + 2]),
        items: found[at + 3] as string[],
      });
    }
    return { buried: delivering.buryCasualties(partition, casualties), due };
  }
}

/** What a sweep answers: casualties, lanes, how many events it removed, when to come back. */
type Swept = readonly [readonly (string | string[])[], readonly string[], number, string];
