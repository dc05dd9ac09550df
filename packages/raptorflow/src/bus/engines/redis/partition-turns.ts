import type { Clock, Timer } from '../../../kernel/index.ts';
import type { AppendOutcome, ChannelPolicy, NewEvent } from '../../engine.ts';
import type { Agreement, RecordState } from './agreement.ts';
import { isConnectionError, type Connection } from './connection.ts';
import type { Replication } from './replication.ts';
import { scripts } from './scripts.ts';
import {
  encodeTurn,
  readAnswer,
  type RawAnswer,
  type TurnAnswer,
  type TurnCargo,
  type TurnClaim,
  type TurnSettlement,
} from './turn-message.ts';
import { closedError, refusal, replicasError, timeoutError } from './turn-errors.ts';
import { outcomeOf, type TurnUnit } from './turn-units.ts';

/** Turns under way at once in a partition: one runs while the next one travels. */
const turnsInFlightMax = 2;
/** Events that one turn stores, unless a single publishMany brings more: a turn holds up everybody else. */
const turnEventsMax = 256;
/** Characters of their bodies, likewise. */
const turnCharactersMax = 256 * 1024;
/** Things that one turn settles, unless a single settlement brings more. */
const turnOpsMax = 500;
/** What Redis refused is said again after this. */
const tryAgainMs = 1_000;

/** Events that wait to be stored. */
interface PendingUnit extends TurnUnit {
  readonly place: number;
  readonly since: number;
  readonly settled: PromiseWithResolvers<AppendOutcome>;
}

interface PendingSettlement extends TurnSettlement {
  readonly place: number;
  /** The turn without an answer that carried it; only when it is known that Redis did not take it, it is said again. */
  doubt: TurnDoubt | null;
  /** The session that holds what it is about. */
  readonly session: string;
  readonly settled: PromiseWithResolvers<void>;
}

/** One turn whose answer was lost. It was taken as a whole or not at all, so any claim record that it rewrote tells. */
interface TurnDoubt {
  readonly record: string;
  readonly said: string;
}

interface PendingCargo extends TurnCargo {
  readonly units: readonly PendingUnit[];
  readonly settlements: readonly PendingSettlement[];
}

/** What the queue asks of the engine around it. */
export interface TurnHost {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly agreement: Agreement;
  readonly key: string;
  readonly deadLettersPerReasonMax: number;
  readonly publishTimeoutMs: number;
  policyOf(channel: string): ChannelPolicy;
  /** Wishes of members that this turn should carry. */
  takeClaims(brought: readonly NewEvent[]): TurnClaim[];
  onAnswer(answer: TurnAnswer): void;
  /** The session was given up by others; what was in hand belongs to them. */
  onGone(session: string): void;
  /** These claims get no answer. */
  onBroken(claims: readonly TurnClaim[]): void;
  /** Whether there is a session to speak for. */
  isPresent(): boolean;
  /** Present when publishes wait for replicas. */
  readonly replication: Replication | undefined;
}

/**
 * Gathers what publishers, members and timers want of one partition into turns: while turns are under way everything new waits for the next
 * one, so a busy engine makes few large calls and an idle one answers at once.
 */
export class PartitionTurns {
  readonly #host: TurnHost;
  #units: PendingUnit[] = [];
  #settlements: PendingSettlement[] = [];
  /** Everything that comes has a place, which it keeps when it is said again. */
  #places = 0;
  #poked = false;
  #looks = false;
  #scheduled = false;
  #inFlight = 0;
  #replicating = 0;
  /** Claim records that turns under way rewrite. */
  readonly #told = new Set<string>();
  /** The next turn stores nothing, because the one before was refused with what it brought. */
  #settlesOnly = false;
  #closed = false;
  #expiry: Timer | undefined;
  #drained: (() => void)[] = [];

  constructor(host: TurnHost) {
    this.#host = host;
  }

  append(events: readonly NewEvent[]): Promise<AppendOutcome> {
    if (this.#closed) return Promise.reject(closedError());
    const settled = Promise.withResolvers<AppendOutcome>();
    const since = this.#host.clock.monotonic();
    this.#units.push({ events, place: this.#nextPlace(), since, repeated: false, settled });
    this.#schedule();
    return settled.promise;
  }

  /** Resolves when it is stored. */
  settle(settlement: TurnSettlement): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    const settled = Promise.withResolvers<void>();
    this.#settlements.push({
      ...settlement,
      place: this.#nextPlace(),
      doubt: null,
      session: this.#host.agreement.caller().session,
      settled,
    });
    this.#schedule();
    return settled.promise;
  }

  #nextPlace(): number {
    this.#places += 1;
    return this.#places;
  }

  /** What was said of claim records without an answer. */
  doubts(): Map<string, string> {
    const { session } = this.#host.agreement.caller();
    const mine = this.#settlements.filter((pending) => pending.session === session);
    return new Map(mine.flatMap(({ doubt }) => (doubt ? [[doubt.record, doubt.said]] : [])));
  }

  /** Redis has told what it keeps of claim records: what it has taken is not said again, nor what is of claims that it has lost. */
  resolveDoubts(states: ReadonlyMap<string, RecordState>): void {
    const left: PendingSettlement[] = [];
    for (const pending of this.#settlements) {
      const state = pending.doubt ? states.get(pending.doubt.record) : undefined;
      pending.doubt = null;
      if (state === 'said' || state === 'lost') pending.settled.resolve();
      else left.push(pending);
    }
    this.#settlements = left;
    this.lookAround();
  }

  /** Asks for a turn although nobody brings anything. */
  poke(): void {
    this.#poked = true;
    this.#schedule();
  }

  /** Asks what falls due in the partition, and when. */
  lookAround(): void {
    this.#looks = true;
    this.poke();
  }

  /** Resolves when nothing waits and nothing is under way. */
  drain(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained.push(resolve);
    });
  }

  close(): void {
    this.#closed = true;
    this.#expiry?.cancel();
    for (const { settled } of [...this.#units, ...this.#settlements]) settled.reject(closedError());
    this.#units = [];
    this.#settlements = [];
    this.#poked = false;
    this.#tellDrained();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed || this.#inFlight >= turnsInFlightMax) return;
    if (!this.#isHealthy) {
      this.#watchExpiry();
      return;
    }
    this.#scheduled = true;
    // After everything that is ready to run has run, so that all it brings travels together.
    process.nextTick(() => {
      this.#scheduled = false;
      if (this.#isHealthy) this.#send();
      else this.#watchExpiry();
    });
  }

  get #isHealthy(): boolean {
    return this.#host.isPresent() && this.#host.agreement.isReached;
  }

  // Publishers do not wait for a lost connection for ever.
  #watchExpiry(): void {
    const oldest = this.#units[0];
    if (this.#expiry || this.#closed || !oldest) return;
    const { clock, publishTimeoutMs } = this.#host;
    this.#expiry = clock.setTimeout(
      () => {
        this.#expiry = undefined;
        this.#expire();
      },
      Math.max(0, oldest.since + publishTimeoutMs - clock.monotonic()),
    );
  }

  #expire(): void {
    const { clock, publishTimeoutMs } = this.#host;
    if (this.#isHealthy) return;
    const late = clock.monotonic() - publishTimeoutMs;
    const kept: PendingUnit[] = [];
    for (const unit of this.#units) {
      if (unit.since > late) kept.push(unit);
      else unit.settled.reject(timeoutError(unit.repeated, publishTimeoutMs));
    }
    this.#units = kept;
    this.#watchExpiry();
  }

  #send(): void {
    if (this.#closed) return;
    const units = this.#settlesOnly ? [] : this.#takeUnits();
    this.#settlesOnly = false;
    const settlements = this.#takeSettlements();
    const claims = this.#host.takeClaims(units.flatMap(({ events }) => events));
    const poked = this.#poked;
    const looksAround = this.#looks;
    this.#poked = false;
    this.#looks = false;
    if (units.length + settlements.length + claims.length === 0 && !poked) {
      if (this.#isIdle()) this.#tellDrained();
      return;
    }
    this.#inFlight += 1;
    for (const { records } of settlements) for (const [name] of records) this.#told.add(name);
    void this.#run({ units, settlements, claims, looksAround }).finally(() => {
      this.#inFlight -= 1;
      for (const { records } of settlements) for (const [name] of records) this.#told.delete(name);
      if (this.#hasWork()) this.#schedule();
      else if (this.#isIdle()) this.#tellDrained();
    });
    // What did not fit into this turn does not wait for its answer.
    if (this.#hasWork()) this.#schedule();
  }

  #takeSettlements(): PendingSettlement[] {
    this.#dropLost();
    let ops = 0;
    let count = 0;
    for (const settlement of this.#settlements) {
      // Redis may refuse the turn under way and take this one: what is said again would undo what was said since of the same claim.
      if (settlement.records.some(([name]) => this.#told.has(name))) break;
      ops += settlement.ops.length + settlement.letters.length;
      if (count > 0 && ops > turnOpsMax) break;
      count += 1;
    }
    return this.#settlements.splice(0, count);
  }

  // What a lost session had to say must not be said by its successor: its claims are others' by now.
  #dropLost(): void {
    const { session: id } = this.#host.agreement.caller();
    if (this.#settlements.every(({ session }) => session === id)) return;
    for (const { session, settled } of this.#settlements) if (session !== id) settled.resolve();
    this.#settlements = this.#settlements.filter(({ session }) => session === id);
  }

  // At least one, then as many as fit.
  #takeUnits(): PendingUnit[] {
    let events = 0;
    let characters = 0;
    let count = 0;
    for (const unit of this.#units) {
      events += unit.events.length;
      for (const { body } of unit.events) characters += body.length;
      if (count > 0 && (events > turnEventsMax || characters > turnCharactersMax)) break;
      count += 1;
    }
    const taken = count === this.#units.length ? this.#units : this.#units.slice(0, count);
    this.#units = count === this.#units.length ? [] : this.#units.slice(count);
    return taken;
  }

  #run(cargo: PendingCargo): Promise<void> {
    const { clock, connection, agreement, key, deadLettersPerReasonMax } = this.#host;
    const { units, settlements, claims } = cargo;
    const caller = claims.length + settlements.length > 0 ? agreement.caller() : null;
    const args = encodeTurn(cargo, {
      now: clock.now(),
      caller,
      deadLettersPerReasonMax,
      policyOf: (channel) => this.#host.policyOf(channel),
    });
    const procedure = units.length > 0 ? scripts.turn : scripts.settle;
    const { era } = connection;
    return agreement.run(() => connection.run(procedure, [key], args) as Promise<RawAnswer>, {
      answered: (answer) => this.#take(answer, cargo, caller?.session ?? '-', era),
      failed: (error) => this.#fail(error, cargo),
    });
  }

  #take(answer: RawAnswer, { units, settlements, claims }: PendingCargo, session: string, era: number): void {
    const host = this.#host;
    const reply = readAnswer(answer, claims, units.length > 0);
    if (!reply) {
      // What was settled belongs to others now; what is to be stored is stored by the next session's turn.
      for (const { settled } of settlements) settled.resolve();
      this.#units = inOrder([...units, ...this.#units]);
      host.onGone(session);
      host.onBroken(claims);
      return;
    }
    if (session !== '-') host.agreement.noteKnown(session);
    host.onAnswer(reply.answer);
    for (const [index, unit] of units.entries()) {
      const text = reply.outcomes.get(index + 1);
      if (host.replication) void this.#replicate(host.replication, unit, text, era);
      else unit.settled.resolve(outcomeOf(unit, text));
    }
    for (const { settled } of settlements) settled.resolve();
  }

  // It is stored, but only what replicas have as well is acknowledged.
  async #replicate(
    replication: Replication,
    unit: PendingUnit,
    text: string | undefined,
    era: number,
  ): Promise<void> {
    const { publishTimeoutMs } = this.#host;
    this.#replicating += 1;
    const how = await replication.confirm(era, unit.since + publishTimeoutMs);
    this.#replicating -= 1;
    if (how === 'kept') unit.settled.resolve(outcomeOf(unit, text));
    else if (how === 'late') unit.settled.reject(replicasError(publishTimeoutMs));
    else if (this.#closed) unit.settled.reject(closedError());
    else {
      // Perhaps another server is the primary now, which may not have it.
      unit.repeated = true;
      this.#units = inOrder([unit, ...this.#units]);
      this.#schedule();
    }
    if (this.#isIdle()) this.#tellDrained();
  }

  #fail(error: unknown, { units, settlements, claims }: PendingCargo): void {
    if (this.#closed) {
      for (const { settled } of [...units, ...settlements]) settled.reject(closedError());
      return;
    }
    // What members said stays true, so it is said again unless Redis has taken it; in its order, because the later one knows more of a claim that
    // both are about.
    this.#settlements = inOrder([...settlements, ...this.#settlements]);
    if (isConnectionError(error)) {
      const [record] = new Map(settlements.flatMap(({ records }) => records));
      const doubt = record ? { record: record[0], said: record[1] } : null;
      for (const settlement of settlements) settlement.doubt = doubt;
      for (const unit of units) unit.repeated = true;
      this.#units = inOrder([...units, ...this.#units]);
      this.#watchExpiry();
    } else {
      const refused = refusal(error);
      for (const { settled } of units) settled.reject(refused);
      // Perhaps it was refused for what it was to store; what handlers said is taken although memory has run out.
      if (units.length > 0 && settlements.length > 0) this.#settlesOnly = true;
      else this.#host.clock.setTimeout(() => this.poke(), tryAgainMs);
    }
    this.#host.onBroken(claims);
  }

  #hasWork(): boolean {
    return this.#units.length > 0 || this.#settlements.length > 0 || this.#poked;
  }

  #isIdle(): boolean {
    return this.#inFlight + this.#replicating === 0 && !this.#scheduled && !this.#hasWork();
  }

  #tellDrained(): void {
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }
}

// Of two turns that break together the first one fails first, and would end up behind the second.
function inOrder<Item extends { readonly place: number }>(items: readonly Item[]): Item[] {
  return items.toSorted((left, right) => left.place - right.place);
}
