import { matchesPattern } from '../../pattern.ts';
import type { Delivery, MemberSpec, NewEvent, Settlement } from '../../engine.ts';
import { Agreement, type RecordState } from './agreement.ts';
import type { Casualties, DeliveringHost } from './delivering-host.ts';
import { Demand } from './demand.ts';
import { DueTimers } from './due-timers.ts';
import { readClaim, type ClaimRecord, type Flight, type LaneFacts } from './flight.ts';
import { Member, toDelivery } from './member.ts';
import { Members } from './members.ts';
import { Seats } from './seats.ts';
import { Settling } from './settling.ts';
import type { ClaimAnswer, TurnAnswer, TurnClaim } from './turn-message.ts';

/** Events that one claim asks for at most: a turn holds up everybody else. */
const claimMax = 256;
/** Settlements that travel together, likewise. */
const settleMax = 250;

/** The members of this process: asks for events where there may be some, hands them out, and has stored what became of them. */
export class Delivering {
  readonly members: Members = new Members();
  /** What lanes of each partition stand for, as far as answers told. */
  readonly lanes: readonly Map<string, LaneFacts>[];
  /** For each partition, whether Redis and this process agree on what is in hand. */
  readonly agreements: readonly Agreement[];
  readonly #host: DeliveringHost;
  readonly #settling: Settling;
  readonly #due: DueTimers;
  readonly #seats: Seats;
  readonly #demands = new Map<string, Demand>();
  /** Claims under way. */
  readonly #claims = new Map<string, Member>();
  #next = { member: 1, ref: 1, record: 1 };
  #isClosed = false;

  constructor(host: DeliveringHost) {
    this.#host = host;
    this.lanes = Array.from({ length: host.partitions }, () => new Map<string, LaneFacts>());
    this.agreements = Array.from({ length: host.partitions }, (_, partition) => this.#agreementOn(partition));
    this.#due = new DueTimers(host.engine.clock);
    this.#seats = new Seats(host.engine.clock, (group) => this.#uncap(group));
    this.#settling = new Settling({
      engine: host.engine,
      policyOf: (channel) => host.policyOf(channel),
      settle: (partition, settlement) => host.turnsOf(partition).settle(settlement),
      onHeld: (partition, group, dueAt) => this.noteDue(partition, group, dueAt),
    });
  }

  newMember(spec: MemberSpec, deliver: (deliveries: readonly Delivery[]) => void): Member {
    const id = `m${this.#next.member}`;
    this.#next.member += 1;
    return new Member(id, spec, deliver, {
      fill: (member) => this.#fill(member),
      noteBegun: (member, flights) => this.#noteBegun(member, flights),
      settle: (member, settlements) => this.#settle(member, settlements),
      leave: (member) => this.#leave(member),
    });
  }

  add(member: Member): void {
    this.members.add(member);
    this.#demandOf(member.spec.group).wakeAll();
  }

  /** Groups may have gained something in a partition; no names mean all of them. */
  wake(partition: number, ...groups: readonly string[]): void {
    for (const group of groups.length > 0 ? groups : this.#demands.keys()) {
      const demand = this.#demands.get(group);
      if (!demand) continue;
      demand.wake(partition);
      this.#fillGroup(group);
    }
  }

  /** Wishes for a turn: of members that have room where something may be ready, or where the turn itself brings something. */
  takeClaims(partition: number, brought: readonly NewEvent[]): TurnClaim[] {
    const claims: TurnClaim[] = [];
    if (this.#isClosed || this.members.size === 0) return claims;
    const channels = new Set(brought.map(({ channel }) => channel));
    for (const member of this.members.all) {
      const demand = this.#demandOf(member.spec.group);
      const isNew = member.allowed > 0 && !demand.isProbed(partition);
      if (member.room === 0 && !isNew) continue;
      const isBrought = [...channels].some((channel) => matchesPattern(member.spec.pattern, channel));
      if (isBrought || isNew || demand.isReady(partition))
        claims.push(this.#claimFor(member, demand, partition));
    }
    return claims;
  }

  onAnswer(partition: number, answer: TurnAnswer): void {
    const now = this.#host.engine.clock.now();
    const claimed = new Set<string>();
    for (const claim of answer.claims) {
      claimed.add(claim.claim.group);
      this.#onClaim(partition, claim, now);
    }
    for (const group of answer.gained) if (!claimed.has(group)) this.wake(partition, group);
    for (const group of claimed) {
      this.#passOn(group);
      this.#fillGroup(group);
    }
    void this.#settling.store().catch(() => undefined);
  }

  /** Claims that get no answer. */
  onBroken(partition: number, claims: readonly TurnClaim[]): void {
    for (const { record, want, group } of claims) {
      const member = this.#claims.get(record);
      this.#claims.delete(record);
      if (member) member.asked -= want;
      this.#demandOf(group).answered(partition, true);
    }
  }

  /** The connection was made anew. */
  doubtAll(): void {
    for (const agreement of this.agreements) agreement.doubt();
  }

  #agreementOn(partition: number): Agreement {
    const host = this.#host;
    return new Agreement({
      connection: host.connection,
      key: host.keyOf(partition),
      now: () => host.engine.clock.now(),
      sessionId: () => host.sessionId(),
      records: () => {
        const doubts = host.turnsOf(partition).doubts();
        return new Map(this.#settling.recordsOf(partition).map((name) => [name, doubts.get(name) ?? null]));
      },
      onAgreed: (states) => {
        host.turnsOf(partition).resolveDoubts(states);
        this.#onAgreed(partition, states);
      },
    });
  }

  #onAgreed(partition: number, states: ReadonlyMap<string, RecordState>): void {
    const lost = new Set([...states].filter(([, state]) => state === 'lost').map(([name]) => name));
    const flights = this.#settling.forget(lost);
    let count = 0;
    for (const member of this.members.all) count += member.lose(flights);
    if (count > 0) {
      this.#host.engine.log.warn('Redis has lost what it had given out; the events in hand are of others.', {
        count,
      });
    }
    // What was given back just now, nobody tells the one who gave it.
    this.wake(partition);
  }

  /** Everything in hand belongs to others now; answers how much that was. */
  forgetAll(): number {
    const flights = this.#settling.forget();
    let count = 0;
    for (const member of this.members.all) {
      count += member.lose(flights);
      member.asked = 0;
    }
    this.#claims.clear();
    return count;
  }

  /** Plans a look at a group when a hold of it falls due. */
  noteDue(partition: number, group: string, dueAt: number): void {
    if (dueAt <= this.#host.engine.clock.now()) this.wake(partition, group);
    else this.#due.plan(`${partition}|${group}`, dueAt, () => this.#lookAtDue(partition, group));
  }

  /** Buries what a sweep found; its claims are of this session. */
  async buryCasualties(partition: number, casualties: readonly Casualties[]): Promise<void> {
    for (const { group, record: name, base, items } of casualties) {
      const record = this.#settling.newRecord(name, partition, false);
      for (const flight of this.#read(items, { base, record, group, partition }))
        this.#settling.buryExpired(flight);
    }
    if (casualties.length > 0) await this.#settling.store();
  }

  close(): void {
    this.#isClosed = true;
    for (const agreement of this.agreements) agreement.close();
    this.#seats.close();
    this.#due.close();
  }

  #claimFor(member: Member, demand: Demand, partition: number): TurnClaim {
    const { group } = member.spec;
    const total = this.members.allowedOf(group);
    const inHand = this.members.inHandOf(group);
    const alone = member.allowed < 2 ? 0 : this.#aloneOf(group);
    // The place that is kept free must not be taken up by a question either, which would be answered with nothing.
    // With empty hands the first events may all be of somebody who was not there lately; the next claim knows whose they are.
    const isFirst =
      total > 1 && Object.keys(inHand).length === 0 && this.#seats.isVisitedFromElsewhere(group, partition);
    const isKept = member.room > 1 && (alone > 0 || isFirst);
    const room = isKept ? member.room - 1 : member.room;
    // Partitions that may have something share the room, so that none stands before another.
    const want = Math.min(Math.ceil(room / Math.max(1, demand.sharing)), claimMax);
    const record = `${group}|${member.id}.${this.#next.record}`;
    this.#next.record += 1;
    member.asked += want;
    demand.asked(partition);
    this.#claims.set(record, member);
    if (member.allowed < 2) return { group, record, want, half: 0, strict: false, alone, inHand: null };
    const half = Math.max(1, Math.floor(total / 2));
    return { group, record, want, half, strict: demand.othersReady(partition), alone, inHand };
  }

  #aloneOf(group: string): number {
    return this.#seats.aloneOf(group, this.members.inHandOf(group), this.members.allowedOf(group));
  }

  #onClaim(partition: number, answer: ClaimAnswer, now: number): void {
    const { claim, base, items, dueAt, more, capped } = answer;
    const { group } = claim;
    const member = this.#claims.get(claim.record);
    this.#claims.delete(claim.record);
    const isDue = dueAt !== null && dueAt <= now;
    // Meanwhile the others may have been away for long enough, and nobody would take the cap off again.
    const isCapped = capped && (claim.alone === 0 || this.#aloneOf(group) > 0);
    this.#demandOf(group).answered(partition, more || isDue, isCapped, claim.alone > 0);
    if (dueAt !== null && !isDue) this.noteDue(partition, group, dueAt);
    if (!member) return;
    member.asked -= claim.want;
    if (items.length === 0) return;
    const record = this.#settling.newRecord(claim.record, partition, claim.strict);
    const flights = this.#read(items, { base, record, group, partition });
    if (new Set(flights.map(({ lane }) => lane.workspace)).size > 1) record.othersWait = true;
    for (const flight of flights) {
      this.#seats.note(group, flight.lane.workspace, partition);
      if (flight.expired) {
        this.#settling.buryExpired(flight);
        continue;
      }
      if (member.isLeaving) {
        // It has given back what it had; this came too late for it.
        record.flights.delete(flight.ref);
        this.#settling.giveBack(flight, { afterMs: 0, countAttempt: false, error: null });
        continue;
      }
      member.flights.set(flight.ref, flight);
      member.kept.push(flight);
    }
  }

  // Before everybody has been looked at, nobody can say who has to share.
  #passOn(group: string): void {
    if (this.#demands.get(group)?.isKnown !== true) return;
    for (const member of this.members.of(group)) {
      if (member.kept.length === 0) continue;
      const given = member.kept;
      member.kept = [];
      member.deliver(given.map(toDelivery));
    }
  }

  #read(
    items: readonly string[],
    claim: {
      readonly base: number;
      readonly record: ClaimRecord;
      readonly group: string;
      readonly partition: number;
    },
  ): Flight[] {
    return readClaim(items, {
      ...claim,
      lanes: this.lanes[claim.partition] ?? new Map(),
      nextRef: () => {
        this.#next.ref += 1;
        return this.#next.ref;
      },
    });
  }

  #fillGroup(group: string): void {
    for (const member of this.members.of(group)) this.#fill(member);
  }

  // The member's room is offered to the partitions where something may be ready; a turn takes it there.
  #fill(member: Member): void {
    if (this.#isClosed || member.allowed === 0) return;
    const demand = this.#demandOf(member.spec.group);
    for (const partition of demand.unprobed()) this.#host.turnsOf(partition).poke();
    if (member.room === 0) return;
    for (const partition of demand.ready()) this.#host.turnsOf(partition).poke();
  }

  #lookAtDue(partition: number, group: string): void {
    this.wake(partition, group);
    // If nobody here has room, perhaps somebody elsewhere has.
    const isFull = this.members.of(group).every(({ room }) => room === 0);
    if (isFull) this.#nudge(partition, group);
  }

  #nudge(partition: number, group: string): void {
    const ops = [{ kind: 'nudge', group }] as const;
    void this.#host
      .turnsOf(partition)
      .settle({ ops, records: [], letters: [] })
      .catch(() => undefined);
  }

  #noteBegun(member: Member, flights: readonly Flight[]): void {
    const marks = new Map<number, Map<string, number>>();
    for (const { partition, fence, lane } of flights) {
      const fields = marks.get(partition) ?? new Map<string, number>();
      marks.set(partition, fields);
      const field = `b${member.id}|${lane.workspace}`;
      fields.set(field, Math.max(fence, fields.get(field) ?? 0));
    }
    for (const [partition, fields] of marks) {
      // Written to the socket before this returns, so that it arrives although the process dies in the handler.
      const key = `${this.#host.keyOf(partition)}s:${this.#host.sessionId()}`;
      this.#host.connection.call('hset', key, ...[...fields].flat()).catch(() => undefined);
    }
  }

  async #settle(member: Member, settlements: readonly Settlement[]): Promise<void> {
    let fenced = 0;
    const stored: Promise<void>[] = [];
    for (const [index, settlement] of settlements.entries()) {
      const flight = member.release(settlement.ref);
      if (flight) this.#settling.settle(flight, settlement);
      else fenced += 1;
      if ((index + 1) % settleMax === 0) stored.push(this.#settling.store());
    }
    stored.push(this.#settling.store());
    if (fenced > 0) {
      this.#host.engine.log.warn('Late acknowledgements were ignored: the events had been given to others.', {
        count: fenced,
      });
    }
    this.#demandOf(member.spec.group).uncap();
    this.#fill(member);
    await Promise.all(stored);
  }

  async #leave(member: Member): Promise<void> {
    if (!this.members.has(member)) return;
    member.isLeaving = true;
    // Nobody is left to tell; others take over what it holds.
    if (this.#isClosed) return;
    const { group } = member.spec;
    let given = 0;
    for (const ref of Array.from(member.flights.keys())) {
      const ran = member.begun.has(ref);
      const flight = member.release(ref);
      const error = ran
        ? { name: 'Interrupted', message: 'the member left.', stack: null, code: null }
        : null;
      if (flight) this.#settling.giveBack(flight, { afterMs: 0, countAttempt: ran, error });
      given += 1;
      if (given % settleMax === 0) await this.#settling.store();
    }
    await this.#settling.store();
    this.members.delete(member);
    if (this.members.of(group).length === 0) this.#forgetGroup(group);
    await this.#host.forget(member);
  }

  // Others of the group have to find out when its holds fall due.
  #forgetGroup(group: string): void {
    this.#demands.delete(group);
    this.#seats.forget(group);
    for (const name of this.#due.cancel((planned) => planned.slice(planned.indexOf('|') + 1) === group)) {
      this.#nudge(Number(name.slice(0, name.indexOf('|'))), group);
    }
  }

  #uncap(group: string): void {
    this.#demands.get(group)?.uncap();
    this.#fillGroup(group);
  }

  #demandOf(group: string): Demand {
    const known = this.#demands.get(group);
    if (known) return known;
    const demand = new Demand(this.#host.partitions);
    this.#demands.set(group, demand);
    return demand;
  }
}
