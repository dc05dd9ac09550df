import type { StatementSync } from 'node:sqlite';
import type { AttemptRecord } from '../../dead-letter.ts';
import { presentMs } from '../../recent-workspaces.ts';
import type { Burial } from './burial.ts';
import { packDeliveries, type Handout } from './columns.ts';
import {
  flyingDueAt,
  lockName,
  parkedDueAt,
  parkedEventsMax,
  priorityShares,
  type Group,
  type Lane,
} from './group.ts';
import type { LanePages } from './lane-pages.ts';
import type { DeliveryColumns } from './protocol.ts';
import type { Member, State } from './state.ts';

/** Rows that one read of a lane takes at most. */
const pageRowsMax = 256;
/** Rows that one turn looks at for a group at most, so that a long stretch of unwanted types does not hold up everybody. */
const scannedRowsMax = 2_000;

/** More claims than any process makes between two syncs of its file. */
const lostRefsMax = 1_000_000_000;

/** The members of a group that have room, and how much all of its members may hold together. */
interface Rooms {
  readonly members: Member[];
  total: number;
}

interface Candidate {
  readonly pos: number;
  readonly lane: Lane;
  readonly attempt: number;
  readonly expiresAt: number;
  readonly held: boolean;
  readonly redriven: boolean;
  readonly lock: string | null;
  readonly lastError: string | null;
  readonly body: string;
  readonly source: number | undefined;
}

/** Hands out events: what is due again first, then new ones by priority, workspace and age. */
export class Claims {
  readonly #state: State;
  readonly #burial: Burial;
  readonly #pages: LanePages;
  readonly #dueHolds: StatementSync;
  readonly #nextDue: StatementSync;
  readonly #setDue: StatementSync;
  readonly #park: StatementSync;
  readonly #dropHold: StatementSync;
  readonly #nextParked: StatementSync;
  #deliveries = new Map<number, Handout[]>();
  #scanned = 0;

  constructor(state: State, burial: Burial, pages: LanePages) {
    this.#state = state;
    this.#burial = burial;
    this.#pages = pages;
    const prepare = (sql: string): StatementSync => state.db.prepare(sql);
    this.#dueHolds = prepare(
      'SELECT * FROM bus_holds WHERE group_id = ? AND due_at <= ? ORDER BY due_at, abs(pos) LIMIT ?',
    );
    this.#nextDue = prepare(
      `SELECT min(due_at) AS due FROM bus_holds WHERE group_id = ? AND due_at < ${flyingDueAt}`,
    );
    this.#setDue = prepare('UPDATE bus_holds SET due_at = ? WHERE group_id = ? AND pos = ?');
    this.#park = prepare(
      `INSERT INTO bus_holds (group_id, pos, lane, due_at, attempts, expires_at, redriven, lock, history) VALUES (?, ?, ?, ${parkedDueAt}, 0, ?, 0, ?, '[]')`,
    );
    this.#dropHold = prepare('DELETE FROM bus_holds WHERE group_id = ? AND pos = ?');
    this.#nextParked = prepare(
      `SELECT pos FROM bus_holds WHERE group_id = ? AND lane = ? AND lock = ? AND due_at = ${parkedDueAt} ORDER BY abs(pos) LIMIT 1`,
    );
  }

  /** References continue after one that an earlier process used. */
  startAfter(ref: number): void {
    this.#state.nextRef = Math.max(this.#state.nextRef, ref + 1);
  }

  /**
   * Leaves out more references than can have been lost with a process: after a loss of power the table may know less than handlers
   * have seen, and slots may still name what it forgot.
   */
  skipRefs(): void {
    this.#state.nextRef += lostRefsMax;
    this.#state.touch();
  }

  /** Hands events to every member that has room. */
  run(): DeliveryColumns[] {
    this.#deliveries = new Map();
    for (const [group, rooms] of this.#rooms()) this.#serve(group, rooms);
    return Array.from(this.#deliveries, ([member, deliveries]) => packDeliveries(member, deliveries));
  }

  /** When this group's members need a turn by themselves; infinity when only a publish or a settlement can help. */
  dueAt(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const [group] of this.#rooms()) {
      due = Math.min(due, group.dueAt);
      if (group.ready.size > 0) due = Math.min(due, this.#state.now + (group.capped ? presentMs : 0));
    }
    return due;
  }

  #rooms(): Map<Group, Rooms> {
    const rooms = new Map<Group, Rooms>();
    const totals = new Map<Group, number>();
    for (const member of this.#state.members.values()) {
      const group = this.#state.groups.get(member.group);
      if (!group) continue;
      const total = (totals.get(group) ?? 0) + member.room;
      totals.set(group, total);
      const known = rooms.get(group);
      if (known) known.total = total;
      if (member.room <= group.inHand(member.id)) continue;
      if (known) known.members.push(member);
      else rooms.set(group, { members: [member], total });
    }
    return rooms;
  }

  #serve(group: Group, { members, total }: Rooms): void {
    const room = new Map(members.map((member) => [member, member.room - group.inHand(member.id)]));
    const free = { left: [...room.values()].reduce((sum, own) => sum + own, 0) };
    const take = (candidate: Candidate): void => {
      const member = this.#mostRoom(room);
      room.set(member, (room.get(member) ?? 1) - 1);
      free.left -= 1;
      this.#claim(group, member, candidate);
    };
    this.#scanned = 0;
    if (group.dueAt <= this.#state.now) this.#takeDue(group, this.#dueShare(group, free.left), take);
    const stuck = new Set<number>();
    while (free.left > 0 && group.ready.size > 0 && this.#scanned < scannedRowsMax) {
      const priority = this.#nextPriority(group, stuck);
      if (priority === null) break;
      const share = Math.min(free.left, this.#shareOf(group, priority, free.left));
      const [scanned, ready] = [this.#scanned, group.ready.size];
      const taken = this.#takeShare(group, priority, { share, total }, take);
      group.quota[priority] = (group.quota[priority] ?? 0) - taken;
      // Without any progress everything of this priority is of workspaces that hold their share already.
      if (taken > 0 || this.#scanned > scanned || group.ready.size !== ready) stuck.clear();
      else stuck.add(priority);
    }
    group.capped = stuck.size > 0 && this.#scanned < scannedRowsMax;
  }

  // Events that are due again leave half of the room to fresh ones, so that a storm of retries delays nobody for long.
  #dueShare(group: Group, left: number): number {
    if (group.ready.size === 0) return left;
    if (left > 1) return Math.ceil(left / 2);
    group.dueFirst = !group.dueFirst;
    return group.dueFirst ? 0 : 1;
  }

  // One round over the workspaces of a priority, each with an equal part of the share, and within what a workspace may hold.
  #takeShare(
    group: Group,
    priority: number,
    { share, total }: { readonly share: number; readonly total: number },
    take: (candidate: Candidate) => void,
  ): number {
    const workspaces = group.ready.workspaces(priority);
    const part = group.ordered ? 1 : Math.max(1, Math.floor(share / workspaces));
    let taken = 0;
    for (let turn = 0; turn < workspaces && taken < share; turn += 1) {
      const lane = group.ready.next(priority);
      if (!lane) break;
      const { workspace } = lane;
      const othersWait = group.ready.hasOther(workspace);
      const room = group.shares.room(workspace, { total, othersWait, now: this.#state.now });
      const limit = Math.min(part, share - taken, room);
      if (limit <= 0) continue;
      group.shares.serve(workspace, this.#state.now);
      taken += this.#takeFresh(group, lane, limit, take);
    }
    return taken;
  }

  #mostRoom(room: ReadonlyMap<Member, number>): Member {
    let best: Member | undefined;
    let most = -1;
    for (const [member, free] of room) {
      if (free <= most) continue;
      best = member;
      most = free;
    }
    return best as Member;
  }

  // The highest priority that has something and a share left; when none has, all shares begin anew. Null when all that have are stuck.
  #nextPriority(group: Group, stuck: ReadonlySet<number>): number | null {
    for (let round = 0; round < 2; round += 1) {
      for (let priority = 0; priority < 4; priority += 1) {
        const hasShare = (group.quota[priority] ?? 0) > 0;
        if (hasShare && group.ready.has(priority) && !stuck.has(priority)) return priority;
      }
      for (const [priority, share] of priorityShares.entries()) group.quota[priority] = share;
    }
    return null;
  }

  // With nothing at other priorities to share with, one priority may take all the room at once.
  #shareOf(group: Group, priority: number, left: number): number {
    for (let other = 0; other < 4; other += 1) {
      if (other !== priority && group.ready.has(other)) return Math.max(1, group.quota[priority] ?? 1);
    }
    return left;
  }

  #takeDue(group: Group, limit: number, take: (candidate: Candidate) => void): void {
    const { now } = this.#state;
    for (const row of this.#dueHolds.all(group.id, now, limit)) {
      const pos = Number(row['pos']);
      const lane = this.#state.lanes.get(Number(row['lane']));
      const lock = row['lock'] === null ? null : String(row['lock']);
      const redriven = row['redriven'] === 1;
      const history = JSON.parse(String(row['history'])) as AttemptRecord[];
      const attempts = Number(row['attempts']);
      const expiresAt = Number(row['expires_at']);
      if (!lane) continue;
      if (this.#isLockedByOther(group, lane, lock, pos)) {
        this.#setDue.run(parkedDueAt, group.id, pos);
        group.parked += 1;
        continue;
      }
      const body = expiresAt > now ? this.#burial.eventBody(pos, redriven) : null;
      if (body === null) {
        this.#burial.expire({ group, lane, pos, redriven, history, attempts });
        this.#dropHold.run(group.id, pos);
        group.holds -= 1;
        if (lock !== null) this.release(group, lane, lock, pos);
        continue;
      }
      this.#setDue.run(flyingDueAt, group.id, pos);
      group.holds -= 1;
      const lastError = history.at(-1)?.error ?? null;
      const again = { attempt: attempts + 1, held: true, source: undefined };
      take({ pos, lane, expiresAt, redriven, lock, lastError, body, ...again });
    }
    this.#state.touch();
    this.findDue(group);
  }

  /** Looks up when the group's next hold is due. */
  findDue(group: Group): void {
    const due = this.#nextDue.get(group.id)?.['due'];
    group.dueAt = typeof due === 'number' ? due : Number.POSITIVE_INFINITY;
  }

  /** Gives a lock to the oldest event that waits for it, or frees it. */
  release(group: Group, lane: Lane, lock: string, pos: number): void {
    const name = lockName(lane.id, lock);
    if (group.locks.get(name) !== pos) return;
    group.locks.delete(name);
    if (group.parked > 0) {
      const row = this.#nextParked.get(group.id, lane.id, lock);
      if (row) {
        const next = Number(row['pos']);
        this.#setDue.run(this.#state.now, group.id, next);
        this.#state.touch();
        group.parked -= 1;
        group.locks.set(name, next);
        group.dueAt = Math.min(group.dueAt, this.#state.now);
      }
    }
    for (const stalled of group.stalled) {
      group.stalled.delete(stalled);
      group.wake(stalled);
    }
    group.wake(lane);
  }

  #isLockedByOther(group: Group, lane: Lane, lock: string | null, pos: number): boolean {
    if (lock === null) return false;
    const holder = group.locks.get(lockName(lane.id, lock));
    return holder !== undefined && holder !== pos;
  }

  // Reads on in a lane, moving the group's cursor past what it claims, does not want, sets aside or finds expired.
  #takeFresh(group: Group, lane: Lane, limit: number, take: (candidate: Candidate) => void): number {
    const cursor = group.cursor(lane.id);
    const all = group.types === null;
    const wanted = all ? Math.min(limit, pageRowsMax) : pageRowsMax;
    const rows = this.#pages.read(lane, cursor.pos, wanted, all);
    let taken = 0;
    let { pos: lastPos, seq: lastSeq } = cursor;
    let stopped = false;
    for (const row of rows) {
      const { pos, expires_at: expiresAt, source } = row;
      this.#scanned += 1;
      if (group.fits(row.type)) {
        const lock = group.lockOf(row.ordering_key);
        if (expiresAt <= this.#state.now) {
          this.#burial.expire({ group, lane, pos, redriven: false, history: [], attempts: 0 });
        } else if (this.#isLockedByOther(group, lane, lock, pos)) {
          if (!this.#setAside(group, lane, pos, expiresAt, lock)) {
            stopped = true;
            break;
          }
        } else if (taken >= limit) {
          stopped = true;
          break;
        } else {
          const body = row.body ?? this.#pages.body(pos);
          taken += 1;
          const first = { attempt: 1, held: false, redriven: false, lastError: null };
          take({ pos, lane, expiresAt, lock, body, source, ...first });
        }
      }
      lastPos = pos;
      lastSeq = row.seq;
    }
    if (!stopped && rows.length < wanted) {
      lastPos = Math.max(lastPos, lane.headPos);
      lastSeq = lane.headSeq;
    }
    if (lastPos > cursor.pos) this.#state.moveCursor(group, lane, lastPos, lastSeq);
    const locked = group.ordered && group.locks.size > 0 && this.#isOrderedLaneBusy(group, lane);
    if (cursor.pos >= lane.headPos || locked) group.ready.remove(lane);
    return taken;
  }

  #isOrderedLaneBusy(group: Group, lane: Lane): boolean {
    const lock = group.lockOf(null);
    return lock !== null && group.locks.has(lockName(lane.id, lock));
  }

  // False when the event must stay where it is: an ordered lane just waits, and there is no room to set more aside.
  #setAside(group: Group, lane: Lane, pos: number, expiresAt: number, lock: string | null): boolean {
    if (group.ordered) return false;
    if (group.parked >= parkedEventsMax) {
      group.stalled.add(lane);
      group.ready.remove(lane);
      return false;
    }
    this.#park.run(group.id, pos, lane.id, expiresAt, lock);
    group.parked += 1;
    group.holds += 1;
    return true;
  }

  #claim(group: Group, member: Member, candidate: Candidate): void {
    const { pos, lane, attempt, expiresAt, held, redriven, lock, lastError, body, source } = candidate;
    const ref = this.#state.nextRef;
    this.#state.nextRef += 1;
    group.takeFlight({ ref, pos, lane, member: member.id, attempt, expiresAt, held, redriven, lock });
    this.#state.touchFlights(group);
    const { channel, workspace } = lane;
    const delivery: Handout = {
      ref,
      body,
      source,
      channel: channel.name,
      workspace,
      fencingToken: ref,
      attempt,
      expiresAt,
      lastError,
    };
    const list = this.#deliveries.get(member.id);
    if (list) list.push(delivery);
    else this.#deliveries.set(member.id, [delivery]);
  }
}
