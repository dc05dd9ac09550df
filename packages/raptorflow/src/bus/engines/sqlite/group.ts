import { splitType } from '../../event.ts';
import type { ChannelPolicy } from '../../engine.ts';
import { ReadyLanes } from './ready-lanes.ts';
import { WorkspaceShares } from './workspace-shares.ts';

/** A channel that holds or held events. */
export interface Channel {
  readonly id: number;
  readonly name: string;
  readonly policy: ChannelPolicy;
  readonly deadLetters: boolean;
  readonly lanes: Set<Lane>;
  /** Groups whose pattern fits. */
  groups: readonly Group[];
  events: number;
  bytes: number;
  published: number;
  dirty: boolean;
}

/** The events of one channel, workspace and priority. */
export interface Lane {
  readonly id: number;
  readonly channel: Channel;
  readonly workspace: string;
  readonly priority: number;
  headPos: number;
  headSeq: number;
  dirty: boolean;
  /** No event of the lane expires before this, as far as retention goes; infinity when it is empty. */
  expiryAt: number;
  /** Since when the lane has been seen empty; null while it holds events. */
  emptySince: number | null;
}

/** A group's place in a lane: everything up to and including `pos` is claimed or settled. */
export interface Cursor {
  pos: number;
  /** The number within the lane of the event at `pos`. */
  seq: number;
  /** Where the group began in the lane: it has nothing to do with events up to here. */
  from: number;
  dirty: boolean;
}

/** An event in a member's hands. */
export interface Flight {
  readonly ref: number;
  readonly pos: number;
  readonly lane: Lane;
  readonly member: number;
  /** The attempt that runs, from 1. */
  readonly attempt: number;
  readonly expiresAt: number;
  /** Whether bus_holds has a row for it, which keeps its history. */
  readonly held: boolean;
  readonly redriven: boolean;
  readonly lock: string | null;
}

/**
 * A flight in the group's row of bus_flights: reference, position, lane, member, attempt, expiry, held, redriven, lock; and, where it is not 0,
 * how many flights follow that differ only in the next reference and position. Events that are handed out together mostly do, and
 * the row is written with every turn.
 */
type Claim = [number, number, number, number, number, number, number, number, string | null, number?];

/** `due_at` of a hold that waits for its lock. */
export const parkedDueAt: number = Number.MAX_SAFE_INTEGER;
/** `due_at` of a hold whose event is in a member's hands. */
export const flyingDueAt: number = Number.MAX_SAFE_INTEGER - 1;

/** How many events a group may set aside because an earlier one with their ordering key is not settled. */
export const parkedEventsMax = 10_000;

/** Events taken of each priority before the shares begin anew. */
export const priorityShares: readonly [number, number, number, number] = [8, 4, 2, 1];

// In an ordered group every event of a lane needs the lane's lock; otherwise only those with an ordering key need that key's.
const laneLock = 'lane';

/** Types whose fit is remembered. */
const cachedTypesMax = 1_000;

interface Definition {
  readonly id: number;
  readonly name: string;
  readonly pattern: string;
  readonly types: readonly string[] | null;
  readonly ordered: boolean;
  readonly seenAt: number;
}

/** A durable subscription, as the program keeps it in memory. */
export class Group {
  readonly id: number;
  readonly name: string;
  readonly pattern: string;
  readonly types: readonly string[] | null;
  readonly ordered: boolean;
  readonly cursors: Map<number, Cursor> = new Map();
  readonly ready: ReadyLanes<Lane> = new ReadyLanes();
  /** Lanes whose next event could not be set aside for lack of room. */
  readonly stalled: Set<Lane> = new Set();
  readonly flights: Map<number, Flight> = new Map();
  readonly flying: Map<number, Flight> = new Map();
  /** Who holds a lock: the position of the one event that may be handled under it. */
  readonly locks: Map<string, number> = new Map();
  readonly quota: number[] = [...priorityShares];
  readonly shares: WorkspaceShares = new WorkspaceShares();
  seenAt: number;
  /** Holds that wait, parked ones included. */
  holds = 0;
  parked = 0;
  /** When the first waiting hold is due. */
  dueAt: number = Number.POSITIVE_INFINITY;
  dirty = false;
  /** What is ready is of workspaces that hold what they may at present. */
  capped = false;
  /** Whether what is due again goes first the next time that there is room for one only. */
  dueFirst = true;
  readonly #fits = new Map<string, boolean>();
  readonly #inHand = new Map<number, number>();

  constructor(definition: Definition) {
    this.id = definition.id;
    this.name = definition.name;
    this.pattern = definition.pattern;
    this.types = definition.types;
    this.ordered = definition.ordered;
    this.seenAt = definition.seenAt;
  }

  /** Whether the group wants events of this type. */
  fits(type: string): boolean {
    if (this.types === null) return true;
    const known = this.#fits.get(type);
    if (known !== undefined) return known;
    const fits = this.types.includes(type) || this.types.includes(splitType(type).base);
    if (this.#fits.size >= cachedTypesMax) this.#fits.clear();
    this.#fits.set(type, fits);
    return fits;
  }

  /** The group's place in a lane; a lane younger than the group is read from its beginning. */
  cursor(lane: number): Cursor {
    const known = this.cursors.get(lane);
    if (known) return known;
    const cursor: Cursor = { pos: 0, seq: 0, from: 0, dirty: false };
    this.cursors.set(lane, cursor);
    return cursor;
  }

  /** What must be free before an event can be handled; null when nothing must. */
  lockOf(orderingKey: string | null): string | null {
    if (this.ordered) return laneLock;
    return orderingKey === null ? null : `key:${orderingKey}`;
  }

  /** Notes that a lane may have something to claim. */
  wake(lane: Lane): void {
    if ((this.cursors.get(lane.id)?.pos ?? 0) >= lane.headPos || this.stalled.has(lane)) return;
    if (this.ordered && this.locks.has(lockName(lane.id, laneLock))) return;
    this.ready.add(lane);
  }

  takeFlight(flight: Flight): void {
    this.flights.set(flight.ref, flight);
    this.flying.set(flight.pos, flight);
    this.#inHand.set(flight.member, this.inHand(flight.member) + 1);
    this.shares.take(flight.lane.workspace);
    if (flight.lock !== null) this.locks.set(lockName(flight.lane.id, flight.lock), flight.pos);
  }

  endFlight(flight: Flight): void {
    this.flights.delete(flight.ref);
    this.flying.delete(flight.pos);
    const left = this.inHand(flight.member) - 1;
    if (left > 0) this.#inHand.set(flight.member, left);
    else this.#inHand.delete(flight.member);
    this.shares.give(flight.lane.workspace);
  }

  /** How many events a member holds. */
  inHand(member: number): number {
    return this.#inHand.get(member) ?? 0;
  }

  /** Takes note of a row of bus_holds when the tables are read. */
  noteHold(pos: number, laneId: number, dueAt: number, lock: string | null, redriven: boolean): void {
    if (dueAt === flyingDueAt) return;
    this.holds += 1;
    if (dueAt === parkedDueAt) {
      this.parked += 1;
      return;
    }
    this.dueAt = Math.min(this.dueAt, dueAt);
    // A redriven event takes its lock only when its turn comes: the order was broken by its failure already.
    if (lock !== null && !redriven) this.locks.set(lockName(laneId, lock), pos);
  }

  forgetLane(lane: Lane): void {
    this.cursors.delete(lane.id);
    this.ready.remove(lane);
    this.stalled.delete(lane);
  }

  /** The flights as one row. */
  encodeFlights(): string {
    const claims: Claim[] = [];
    let first: Flight | undefined;
    let further = 0;
    const note = (): void => {
      if (!first) return;
      const { ref, pos, lane, member, attempt, expiresAt, held, redriven, lock } = first;
      const claim: Claim = [
        ref,
        pos,
        lane.id,
        member,
        attempt,
        expiresAt,
        held ? 1 : 0,
        redriven ? 1 : 0,
        lock,
      ];
      if (further > 0) claim.push(further);
      claims.push(claim);
    };
    for (const flight of this.flights.values()) {
      if (first && follows(first, further + 1, flight)) {
        further += 1;
        continue;
      }
      note();
      first = flight;
      further = 0;
    }
    note();
    return JSON.stringify(claims);
  }

  decodeFlights(text: string, lanes: ReadonlyMap<number, Lane>): void {
    const claims = JSON.parse(text) as Claim[];
    for (const [ref, pos, laneId, member, attempt, expiresAt, held, redriven, lock, further = 0] of claims) {
      const lane = lanes.get(laneId);
      if (!lane) continue;
      const shared = { lane, member, attempt, expiresAt, held: held === 1, redriven: redriven === 1, lock };
      for (let step = 0; step <= further; step += 1) {
        this.takeFlight({ ref: ref + step, pos: pos + step, ...shared });
      }
    }
  }
}

// Whether a flight is what the first one would be so many steps on.
function follows(first: Flight, steps: number, flight: Flight): boolean {
  return (
    flight.ref === first.ref + steps &&
    flight.pos === first.pos + steps &&
    flight.lane === first.lane &&
    flight.member === first.member &&
    flight.attempt === first.attempt &&
    flight.expiresAt === first.expiresAt &&
    flight.held === first.held &&
    flight.redriven === first.redriven &&
    flight.lock === first.lock
  );
}

/** How `Group.locks` names a lock of a lane. */
export function lockName(lane: number, lock: string): string {
  return `${lane}\n${lock}`;
}

/** A group from its row. */
export function groupFromRow(row: Readonly<Record<string, unknown>>): Group {
  const { types } = row;
  return new Group({
    id: Number(row['id']),
    name: String(row['name']),
    pattern: String(row['pattern']),
    types: typeof types === 'string' ? (JSON.parse(types) as string[]) : null,
    ordered: row['ordered'] === 1,
    seenAt: Number(row['seen_at']),
  });
}
