import type { StatementSync } from 'node:sqlite';
import type { AttemptRecord, FailureRecord } from '../../dead-letter.ts';
import type { HandlingTimes } from '../../engine.ts';
import { attemptRecordsMax } from '../../dead-letter-event.ts';
import type { Burial } from './burial.ts';
import type { Claims } from './claims.ts';
import type { Flight, Group } from './group.ts';
import type { Handlings, Ran } from './handlings.ts';
import type { SettlementColumns } from './protocol.ts';
import type { State } from './state.ts';

/** Characters of an error's text that the record of an attempt keeps. */
const attemptTextMax = 300;

/** Ends claims: what was handled is forgotten, what failed waits for its next attempt or is given up. */
export class Settlements {
  readonly #state: State;
  readonly #burial: Burial;
  readonly #claims: Claims;
  readonly #handlings: Handlings;
  readonly #history: StatementSync;
  readonly #hold: StatementSync;
  readonly #drop: StatementSync;

  constructor(state: State, burial: Burial, claims: Claims, handlings: Handlings) {
    this.#state = state;
    this.#burial = burial;
    this.#claims = claims;
    this.#handlings = handlings;
    this.#history = state.db.prepare('SELECT history FROM bus_holds WHERE group_id = ? AND pos = ?');
    this.#hold = state.db.prepare(
      'INSERT INTO bus_holds (group_id, pos, lane, due_at, attempts, expires_at, redriven, lock, history) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET due_at = excluded.due_at, attempts = excluded.attempts, history = excluded.history',
    );
    this.#drop = state.db.prepare('DELETE FROM bus_holds WHERE group_id = ? AND pos = ?');
  }

  /** Applies a member's settlements; answers how many named a claim that the member does not hold. */
  settle({ member: memberId, done, handled, others }: SettlementColumns): number {
    const member = this.#state.members.get(memberId);
    const group = member && this.#state.groups.get(member.group);
    if (!group) return done.length + others.length;
    let fenced = 0;
    const held = (ref: number): Flight | undefined => {
      const flight = group.flights.get(ref);
      if (flight?.member === memberId) return flight;
      fenced += 1;
      return undefined;
    };
    // Before the claims end, which fences what is not this member's any more.
    for (const [ref, beganAt, tookMs] of handled ?? []) {
      const flight = group.flights.get(ref);
      if (flight?.member !== memberId) continue;
      const ran: Ran = { state: 'handled', attempts: flight.attempt, error: null };
      this.#handlings.note(group, flight.pos, { beganAt, tookMs }, ran);
    }
    for (const ref of done) {
      const flight = held(ref);
      if (flight) this.#end(group, flight);
    }
    for (const settlement of others) {
      const flight = held(settlement.ref);
      if (flight) this.#apply(group, flight, settlement);
    }
    return fenced;
  }

  /** Takes back everything a member holds; attempts count for those of `begun`. */
  takeBack(group: Group, member: number, begun: ReadonlySet<number>): void {
    for (const flight of group.flights.values()) {
      if (flight.member !== member) continue;
      if (begun.has(flight.ref)) this.#retry(group, flight, 0, true, null, 'Interrupted: the member left.');
      else this.#retry(group, flight, 0, false, null, null);
    }
  }

  /** After memory was read again: takes back what members hold that left meanwhile. Costs nothing otherwise. */
  adopt(): void {
    if (!this.#state.reread) return;
    this.#state.reread = false;
    for (const group of this.#state.groups.values()) {
      for (const flight of group.flights.values()) {
        if (!this.#state.members.has(flight.member)) this.#retry(group, flight, 0, false, null, null);
      }
    }
  }

  /** Takes back what the process before this one held when it died. */
  recover(begun: ReadonlySet<number>): void {
    const died = 'ProcessDied: the process ended while it handled the event.';
    this.#claims.skipRefs();
    for (const group of this.#state.groups.values()) {
      for (const flight of group.flights.values()) {
        this.#claims.startAfter(flight.ref);
        const ran = begun.has(flight.ref);
        this.#retry(group, flight, 0, ran, null, ran ? died : null);
      }
    }
  }

  #apply(group: Group, flight: Flight, settlement: SettlementColumns['others'][number]): void {
    switch (settlement.kind) {
      case 'release':
        this.#retry(group, flight, 0, false, null, null);
        return;
      case 'retry':
        this.#note(group, flight, settlement.handling, {
          state: 'retrying',
          attempts: settlement.countAttempt ? flight.attempt : flight.attempt - 1,
          error: settlement.error,
        });
        this.#retry(group, flight, settlement.afterMs, settlement.countAttempt, settlement.error, null);
        return;
      case 'dead': {
        const { reason, error, attempts, chain = null, handling } = settlement;
        this.#note(group, flight, handling, { state: 'dead', attempts, error });
        const history = this.#historyOf(group, flight);
        if (attempts === flight.attempt) history.push(this.#record(flight.attempt, error));
        const { pos, lane, redriven } = flight;
        this.#burial.bury({ group, lane, pos, redriven, reason, error, history, attempts, chain });
        this.#end(group, flight);
      }
    }
  }

  #note(group: Group, flight: Flight, times: HandlingTimes | undefined, ran: Ran): void {
    if (times) this.#handlings.note(group, flight.pos, times, ran);
  }

  // The claim ends and nothing of the event is left with the group.
  #end(group: Group, flight: Flight): void {
    group.endFlight(flight);
    this.#state.touchFlights(group);
    if (flight.held) this.#drop.run(group.id, flight.pos);
    if (flight.lock !== null) this.#claims.release(group, flight.lane, flight.lock, flight.pos);
  }

  // The claim ends and the event waits for its next attempt, keeping its lock.
  #retry(
    group: Group,
    flight: Flight,
    afterMs: number,
    countAttempt: boolean,
    error: FailureRecord | null,
    note: string | null,
  ): void {
    const state = this.#state;
    const { pos, lane, redriven, lock, expiresAt } = flight;
    const attempts = countAttempt ? flight.attempt : flight.attempt - 1;
    const history = this.#historyOf(group, flight);
    if (error) history.push(this.#record(flight.attempt, error));
    else if (note) history.push({ attempt: flight.attempt, at: this.#time(), error: note });
    if (expiresAt <= state.now) {
      this.#burial.expire({ group, lane, pos, redriven, history, attempts });
      this.#end(group, flight);
      return;
    }
    const dueAt = state.now + Math.ceil(afterMs);
    const kept = JSON.stringify(history.slice(-attemptRecordsMax));
    this.#hold.run(group.id, pos, lane.id, dueAt, attempts, expiresAt, redriven ? 1 : 0, lock, kept);
    group.endFlight(flight);
    state.touchFlights(group);
    group.holds += 1;
    group.dueAt = Math.min(group.dueAt, dueAt);
  }

  #historyOf(group: Group, flight: Flight): AttemptRecord[] {
    if (!flight.held) return [];
    const row = this.#history.get(group.id, flight.pos);
    return row ? (JSON.parse(String(row['history'])) as AttemptRecord[]) : [];
  }

  #record(attempt: number, error: FailureRecord): AttemptRecord {
    const text = `${error.name}: ${error.message}`.slice(0, attemptTextMax);
    return { attempt, at: this.#time(), error: text };
  }

  #time(): string {
    return new Date(this.#state.now).toISOString();
  }
}
