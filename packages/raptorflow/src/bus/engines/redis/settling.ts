import type { AttemptRecord, FailureRecord } from '../../dead-letter.ts';
import { attemptRecordsMax } from '../../dead-letter-event.ts';
import type { ChannelPolicy, EngineHost, HandlingTimes, NewEvent, Settlement } from '../../engine.ts';
import { attemptRecord, endOf, expiry, letterOf, noteOf, type Death } from './burial.ts';
import { writeHold, writeRecord, type ClaimRecord, type Flight } from './flight.ts';
import type { TurnOp, TurnSettlement } from './turn-message.ts';

/** What settling needs of the engine. */
export interface SettlingHost {
  readonly engine: EngineHost;
  policyOf(channel: string): ChannelPolicy;
  settle(partition: number, settlement: TurnSettlement): Promise<void>;
  /** A hold of the group falls due then. */
  onHeld(partition: number, group: string, dueAt: number): void;
}

/** What is to be stored of several flights of one partition. */
interface Wishes {
  readonly ops: TurnOp[];
  readonly records: Set<ClaimRecord>;
  readonly letters: NewEvent[];
}

/** An event that is to be tried again. */
export interface Again {
  readonly afterMs: number;
  readonly countAttempt: boolean;
  readonly error: FailureRecord | null;
}

/** Turns what became of flights into what Redis keeps of it: nothing, a hold for the next attempt, or a dead letter. */
export class Settling {
  readonly #host: SettlingHost;
  readonly #records = new Map<string, { readonly partition: number; readonly record: ClaimRecord }>();
  readonly #wishes = new Map<number, Wishes>();

  constructor(host: SettlingHost) {
    this.#host = host;
  }

  /** A claim that Redis made for this session. */
  newRecord(name: string, partition: number, othersWait: boolean): ClaimRecord {
    const record: ClaimRecord = { name, flights: new Map(), othersWait };
    this.#records.set(name, { partition, record });
    return record;
  }

  /** Names of the records that this process knows of a partition. */
  recordsOf(partition: number): string[] {
    return [...this.#records].filter(([, known]) => known.partition === partition).map(([name]) => name);
  }

  /** Forgets records of these names, or all; answers what was in hand by them. */
  forget(names: ReadonlySet<string> = new Set(this.#records.keys())): ReadonlySet<Flight> {
    const flights = new Set<Flight>();
    for (const name of names) {
      for (const flight of this.#records.get(name)?.record.flights.values() ?? []) flights.add(flight);
      this.#records.delete(name);
    }
    return flights;
  }

  /** What a handler's side says of a flight. Kept until `store`. */
  settle(flight: Flight, settlement: Settlement): void {
    this.#apply(flight, settlement, this.#wishesOf(flight));
  }

  /** Gives a flight back to its group. */
  giveBack(flight: Flight, how: Again): void {
    this.#again(flight, how, this.#wishesOf(flight));
  }

  /** A flight that had expired when it was claimed. */
  buryExpired(flight: Flight): void {
    flight.record.flights.delete(flight.ref);
    this.#expire(flight, flight.attempt - 1, flight.history, this.#wishesOf(flight));
  }

  /** Stores everything that was said since; one turn of each partition, atomic in itself. */
  async store(): Promise<void> {
    const wishes = [...this.#wishes];
    this.#wishes.clear();
    await Promise.all(wishes.map(([partition, wish]) => this.#store(partition, wish)));
  }

  #wishesOf({ partition, record }: Flight): Wishes {
    const known = this.#wishes.get(partition) ?? { ops: [], records: new Set(), letters: [] };
    this.#wishes.set(partition, known);
    known.records.add(record);
    return known;
  }

  #apply(flight: Flight, settlement: Settlement, wishes: Wishes): void {
    switch (settlement.kind) {
      case 'done': {
        this.#note(flight, 'handled', settlement.handling, { attempts: flight.attempt, error: null }, wishes);
        const end = endOf(flight);
        if (end) wishes.ops.push(end);
        return;
      }
      case 'release':
        this.#again(flight, { afterMs: 0, countAttempt: false, error: null }, wishes);
        return;
      case 'retry': {
        const { countAttempt, error, handling } = settlement;
        const attempts = countAttempt ? flight.attempt : flight.attempt - 1;
        this.#note(flight, 'retrying', handling, { attempts, error }, wishes);
        this.#again(flight, settlement, wishes);
        return;
      }
      case 'dead': {
        const { reason, error, attempts, chain = null } = settlement;
        this.#note(flight, 'dead', settlement.handling, { attempts, error }, wishes);
        const history = [...flight.history];
        const now = this.#host.engine.clock.now();
        if (attempts === flight.attempt) history.push(attemptRecord(flight.attempt, now, error));
        this.#bury(flight, { reason, error, history, attempts, chain }, wishes);
      }
    }
  }

  #note(
    flight: Flight,
    state: 'handled' | 'retrying' | 'dead',
    times: HandlingTimes | undefined,
    ran: { readonly attempts: number; readonly error: FailureRecord | null },
    wishes: Wishes,
  ): void {
    if (!times) return;
    const { beganAt, tookMs } = times;
    wishes.ops.push(noteOf(flight, state, { ...ran, beganAt, tookMs, endedAt: beganAt + tookMs }));
  }

  #again(flight: Flight, how: Again, wishes: Wishes): void {
    const now = this.#host.engine.clock.now();
    const attempts = how.countAttempt ? flight.attempt : flight.attempt - 1;
    const history: AttemptRecord[] = [...flight.history];
    if (how.error) history.push(attemptRecord(flight.attempt, now, how.error));
    if (flight.expiresAt <= now) {
      this.#expire(flight, attempts, history, wishes);
      return;
    }
    const dueAt = Math.floor(now) + Math.ceil(how.afterMs);
    const { group, key, lane, lock } = flight;
    const record = writeHold(flight, attempts, history.slice(-attemptRecordsMax));
    wishes.ops.push({ kind: 'hold', group, key, lane: lane.lane, lock, record, dueAt });
    this.#host.onHeld(flight.partition, group, Math.min(dueAt, flight.expiresAt));
  }

  /** An event expired before its group handled it: a dead letter, or nothing where its channel says so. */
  #expire(flight: Flight, attempts: number, history: readonly AttemptRecord[], wishes: Wishes): void {
    const { channel } = flight.lane;
    const drop = this.#host.policyOf(channel).expired === 'drop';
    const kind = drop ? 'expired_dropped' : 'expired';
    this.#host.engine.onFate({ kind, channel, group: flight.group, count: 1 });
    if (drop) {
      const end = endOf(flight);
      if (end) wishes.ops.push(end);
      return;
    }
    this.#bury(flight, { reason: 'expired', error: expiry(flight.group), history, attempts }, wishes);
  }

  #bury(flight: Flight, death: Death, wishes: Wishes): void {
    const { ids, clock } = this.#host.engine;
    const letter = letterOf(flight, death, ids, clock.now());
    wishes.letters.push(letter);
    const state = death.reason === 'expired' ? 'expired' : 'dead';
    const { attempts, error } = death;
    wishes.ops.push(
      noteOf(flight, state, { attempts, error, endedAt: clock.now(), deadLetterId: letter.id }),
    );
    const end = endOf(flight);
    if (end) wishes.ops.push(end);
  }

  async #store(partition: number, { ops, records, letters }: Wishes): Promise<void> {
    const values = [...records].map((record) => [record.name, writeRecord(record)] as const);
    await this.#host.settle(partition, { ops, records: values, letters });
    // Only now: what this process has settled and Redis has not heard of yet must not be given back as unknown when a connection breaks.
    for (const [name, value] of values) if (value === '') this.#records.delete(name);
  }
}
