import type { StatementSync } from 'node:sqlite';
import type { HandlingTimes } from '../../engine.ts';
import type { Group } from './group.ts';
import type { State } from './state.ts';

/** Characters of an error's text that the record of a handling keeps. */
const errorTextMax = 300;

/** What one attempt adds to the record of its event and group. */
export interface Ran {
  readonly state: 'handled' | 'retrying' | 'dead';
  readonly attempts: number;
  readonly error: { readonly name: string; readonly message: string } | null;
}

/** Keeps the records of handlings (bus_handlings): of events that belong to a chain, and of those that were given up. */
export class Handlings {
  readonly #state: State;
  readonly #note: StatementSync;
  readonly #bury: StatementSync;
  readonly #drop: StatementSync;

  constructor(state: State) {
    this.#state = state;
    this.#note = state.db.prepare(
      `INSERT INTO bus_handlings (pos, group_name, state, attempts, began_at, ended_at, took_ms, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET state = excluded.state, attempts = excluded.attempts, began_at = ifnull(began_at, excluded.began_at),
         ended_at = excluded.ended_at, took_ms = took_ms + excluded.took_ms, error = ifnull(excluded.error, error)`,
    );
    this.#bury = state.db.prepare(
      `INSERT INTO bus_handlings (pos, group_name, state, attempts, ended_at, took_ms, error, dead_letter) VALUES (?, ?, ?, ?, ?, 0, ?, ?)
       ON CONFLICT DO UPDATE SET state = excluded.state, attempts = excluded.attempts, error = excluded.error, dead_letter = excluded.dead_letter`,
    );
    this.#drop = state.db.prepare('DELETE FROM bus_handlings WHERE pos IN (?, -?)');
  }

  /** An attempt at the event at a position (negative after a redrive) ended. */
  note(group: Group, pos: number, times: HandlingTimes, ran: Ran): void {
    const { beganAt, tookMs } = times;
    const endedAt = Math.round(beganAt + tookMs);
    const { state, attempts } = ran;
    this.#note.run(pos, group.name, state, attempts, Math.round(beganAt), endedAt, tookMs, textOf(ran.error));
  }

  /** The group gave the event up: its dead letter is this one. */
  bury(
    group: Group,
    pos: number,
    end: Pick<Ran, 'attempts' | 'error'> & { readonly expired: boolean; readonly deadLetterId: string },
  ): void {
    const { now } = this.#state;
    const state = end.expired ? 'expired' : 'dead';
    this.#bury.run(pos, group.name, state, end.attempts, now, textOf(end.error), end.deadLetterId);
  }

  /** Forgets what is recorded of an event that is being removed. */
  forget(pos: number): void {
    this.#drop.run(pos, pos);
  }
}

function textOf(error: Ran['error']): string | null {
  return error === null ? null : `${error.name}: ${error.message}`.slice(0, errorTextMax);
}
