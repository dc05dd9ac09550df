import type { DatabaseSync } from 'node:sqlite';
import type { Program } from '../../../storage/index.ts';
import { deadLetterReasons, type DeadLetterReason } from '../../channel.ts';
import type { ReadPage, ReadQuery, StoredDeadLetter, StoredEvent } from '../../engine.ts';
import type { GroupReport } from '../../report.ts';
import { Appender } from './appender.ts';
import { Burial } from './burial.ts';
import { ChainReading } from './chain-reading.ts';
import { Claims } from './claims.ts';
import { DeadLetterTable } from './dead-letter-table.ts';
import { GroupTable } from './group-table.ts';
import { Handlings } from './handlings.ts';
import { LanePages } from './lane-pages.ts';
import type {
  ChainInput,
  ChainOutput,
  CountsOutput,
  DeadLetterChangeInput,
  DeadLetterListInput,
  JoinInput,
  LeaveInput,
  ProgramSettings,
  RecoverInput,
  Refusal,
  SweepInput,
  TurnInput,
  TurnOutput,
} from './protocol.ts';
import { Reading } from './reading.ts';
import { Retention } from './retention.ts';
import { busMigrations } from './schema.ts';
import { Settlements } from './settlements.ts';
import { State } from './state.ts';

/*
 * The engine's half that lives in the storage worker. Its memory mirrors its tables; `State.enter` reads them again whenever a
 * transaction was rolled back, so operations may be run again at any time. Operations refuse by their answer and do not throw.
 */

/** The tables, for the store. */
export const migrations: typeof busMigrations = busMigrations;

/** Delayed events that one turn gives out at most. */
const delayedPerTurnMax = 500;

/** What a turn answers that only swept or joined. */
const nothing = { outcomes: null, visible: null, fenced: 0 } as const;

/** Builds the program over an open database. */
export function createProgram(db: DatabaseSync, options: unknown): Program {
  const parts = build(db, options as ProgramSettings);
  const operations = { ...turnOperations(parts), ...readOperations(parts) };
  return {
    operations,
    reads: ['find', 'read', 'chain', 'groups', 'lag', 'counts', 'listLetters', 'getLetter'],
  };
}

interface Parts {
  readonly state: State;
  readonly appender: Appender;
  readonly claims: Claims;
  readonly settlements: Settlements;
  readonly retention: Retention;
  readonly groups: GroupTable;
  readonly reading: Reading;
  readonly chains: ChainReading;
  readonly letters: DeadLetterTable;
}

function build(db: DatabaseSync, settings: ProgramSettings): Parts {
  const state = new State(db, settings);
  const pages = new LanePages(state);
  const appender = new Appender(state, pages);
  const handlings = new Handlings(state);
  const burial = new Burial(state, appender, handlings);
  const claims = new Claims(state, burial, pages);
  const settlements = new Settlements(state, burial, claims, handlings);
  return {
    state,
    appender,
    claims,
    settlements,
    retention: new Retention(state, burial, claims, handlings),
    groups: new GroupTable(state, settlements, claims),
    reading: new Reading(state),
    chains: new ChainReading(state),
    letters: new DeadLetterTable(state),
  };
}

// Every changing operation ends like this: hand out what can be handed out, write what memory holds, tell what is due.
function finish(parts: Parts, part: Pick<TurnOutput, 'outcomes' | 'visible' | 'fenced'>): TurnOutput {
  const { state, claims, retention } = parts;
  const deliveries = claims.run();
  const dueAt = Math.min(claims.dueAt(), state.delayedDueAt);
  state.leave();
  return {
    ...part,
    deliveries,
    born: state.born,
    fates: state.fates,
    dueAt: finite(dueAt),
    sweepAt: finite(retention.dueAt()),
  };
}

function turnOperations(parts: Parts): {
  recover(input: RecoverInput): TurnOutput;
  turn(input: TurnInput): TurnOutput;
  sweep(input: SweepInput): TurnOutput;
  join(input: JoinInput): Refusal | null;
  leave(input: LeaveInput): TurnOutput;
  deleteGroup(input: { now: number; name: string }): boolean | Refusal;
  changeLetters(
    input: DeadLetterChangeInput,
  ): ReturnType<DeadLetterTable['change']> & { readonly turn: TurnOutput };
} {
  const { state, appender, settlements, retention, groups, letters } = parts;
  return {
    recover(input) {
      state.enter(input.now);
      settlements.recover(new Set(input.begun));
      return finish(parts, nothing);
    },
    turn(input) {
      state.enter(input.now);
      settlements.adopt();
      let fenced = 0;
      for (const columns of input.settlements) fenced += settlements.settle(columns);
      for (const [id, room] of input.rooms) {
        const member = state.members.get(id);
        if (member) member.room = room;
      }
      const appended = input.append ? appender.append(input.append) : nothing;
      appender.giveOutDelayed(delayedPerTurnMax);
      return finish(parts, { ...appended, fenced });
    },
    sweep(input) {
      state.enter(input.now);
      retention.sweep(input.limit);
      return finish(parts, nothing);
    },
    join(input) {
      state.enter(input.now);
      const refusal = groups.join(input.member, input.spec);
      state.leave();
      return refusal;
    },
    leave(input) {
      state.enter(input.now);
      groups.leave(input.member, new Set(input.begun));
      return finish(parts, nothing);
    },
    deleteGroup(input) {
      state.enter(input.now);
      const deleted = groups.delete(input.name);
      state.leave();
      return deleted;
    },
    changeLetters(input) {
      state.enter(input.now);
      const change = letters.change(input);
      return { ...change, turn: finish(parts, nothing) };
    },
  };
}

function readOperations(parts: Parts): {
  find(input: { now: number; id: string }): StoredEvent | null;
  read(input: { now: number; query: ReadQuery }): ReadPage;
  chain(input: ChainInput): ChainOutput;
  groups(input: { now: number }): GroupReport[];
  lag(input: { now: number; name: string }): number;
  counts(input: { now: number }): CountsOutput;
  listLetters(input: DeadLetterListInput & { now: number }): ReturnType<DeadLetterTable['list']>;
  getLetter(input: { now: number; id: string }): StoredDeadLetter | null;
} {
  const { state, groups, reading, chains, letters } = parts;
  const at = <Input extends { now: number }, Output>(read: (input: Input) => Output) => {
    return (input: Input): Output => {
      state.enter(input.now);
      return read(input);
    };
  };
  return {
    find: at(({ id }) => reading.find(id)),
    read: at(({ query }) => reading.read(query)),
    chain: at((input) => chains.read(input)),
    groups: at(() => groups.list()),
    lag: at(({ name }) => groups.lag(name)),
    counts: at(() => count(parts)),
    listLetters: at((input) => letters.list(input)),
    getLetter: at(({ id }) => letters.get(id)),
  };
}

function count({ state, groups }: Parts): CountsOutput {
  const channels = [...state.channels.values()].map(({ name, events, bytes, published }) => ({
    name,
    events,
    bytes,
    published,
  }));
  const deadLetters = Object.fromEntries(
    deadLetterReasons.map((reason) => [reason, state.deadCounts.get(reason) ?? 0]),
  ) as Record<DeadLetterReason, number>;
  return {
    version: String(state.db.prepare('SELECT sqlite_version() AS version').get()?.['version']),
    events: channels.reduce((sum, channel) => sum + channel.events, 0),
    channels,
    deadLetters,
    idleGroups: groups.idle(),
  };
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}
