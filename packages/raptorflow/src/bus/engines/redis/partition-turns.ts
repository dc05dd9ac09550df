import { RaptorFlowError, type Clock, type Timer } from '../../../kernel/index.ts';
import type { AppendOutcome, ChannelPolicy, NewEvent } from '../../engine.ts';
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
  /** The session that holds what it is about. */
  readonly session: string;
  readonly settled: PromiseWithResolvers<void>;
}

interface PendingCargo extends TurnCargo {
  readonly units: readonly PendingUnit[];
  readonly settlements: readonly PendingSettlement[];
}

/** What the queue asks of the engine around it. */
export interface TurnHost {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly key: string;
  readonly deadLettersPerReasonMax: number;
  readonly publishTimeoutMs: number;
  policyOf(channel: string): ChannelPolicy;
  /** The session, and whether the partition does not know it yet. */
  session(): { readonly id: string; readonly isNew: boolean };
  /** Wishes of members that this turn should carry. */
  takeClaims(brought: readonly NewEvent[]): TurnClaim[];
  onAnswer(answer: TurnAnswer): void;
  /** The session was given up by others; what was in hand belongs to them. */
  onGone(session: string): void;
  /** The answer to these claims is lost: Redis may have handed out events that nobody here knows. */
  onBroken(claims: readonly TurnClaim[]): void;
  isHealthy(): boolean;
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
      session: this.#host.session().id,
      settled,
    });
    this.#schedule();
    return settled.promise;
  }

  #nextPlace(): number {
    this.#places += 1;
    return this.#places;
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
    if (!this.#host.isHealthy()) {
      this.#watchExpiry();
      return;
    }
    this.#scheduled = true;
    // After everything that is ready to run has run, so that all it brings travels together.
    process.nextTick(() => {
      this.#scheduled = false;
      if (this.#host.isHealthy()) this.#send();
      else this.#watchExpiry();
    });
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
    if (this.#host.isHealthy()) return;
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
    const units = this.#takeUnits();
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
    void this.#run({ units, settlements, claims, looksAround }).finally(() => {
      this.#inFlight -= 1;
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
      ops += settlement.ops.length + settlement.letters.length;
      if (count > 0 && ops > turnOpsMax) break;
      count += 1;
    }
    return this.#settlements.splice(0, count);
  }

  // What a lost session had to say must not be said by its successor: its claims are others' by now.
  #dropLost(): void {
    const { id } = this.#host.session();
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

  async #run(cargo: PendingCargo): Promise<void> {
    const host = this.#host;
    const { units, settlements, claims } = cargo;
    const session = host.session();
    const needsSession = claims.length + settlements.length > 0;
    const { deadLettersPerReasonMax } = host;
    const args = encodeTurn(cargo, {
      now: host.clock.now(),
      session: needsSession ? session : null,
      deadLettersPerReasonMax,
      policyOf: (channel) => host.policyOf(channel),
    });
    const { era } = host.connection;
    let answer: RawAnswer;
    try {
      answer = (await host.connection.run(
        units.length > 0 ? scripts.turn : scripts.settle,
        [host.key],
        args,
      )) as RawAnswer;
    } catch (error) {
      this.#fail(error, cargo);
      return;
    }
    const reply = readAnswer(answer, claims, units.length > 0);
    if (!reply) {
      // What was settled belongs to others now; what is to be stored is stored by the next session's turn.
      for (const { settled } of settlements) settled.resolve();
      this.#units = inOrder([...units, ...this.#units]);
      host.onGone(session.id);
      host.onBroken(claims);
      return;
    }
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
    // What members said stays true, so it is said again; in its order, because the later one knows more of a claim that both are about.
    this.#settlements = inOrder([...settlements, ...this.#settlements]);
    if (isConnectionError(error)) {
      for (const unit of units) unit.repeated = true;
      this.#units = inOrder([...units, ...this.#units]);
      this.#watchExpiry();
    } else {
      const refused = refusal(error);
      for (const { settled } of units) settled.reject(refused);
      this.#host.clock.setTimeout(() => this.poke(), tryAgainMs);
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

function refusal(error: unknown): RaptorFlowError {
  const why = error instanceof Error ? error.message : String(error);
  if (why.startsWith('OOM')) {
    return new RaptorFlowError(
      'exhausted',
      'Redis has reached its maxmemory and takes no more events; give it more memory, or keep events for less time.',
      { cause: error },
    );
  }
  return new RaptorFlowError('unavailable', `Redis refused the call: ${why}`, { cause: error });
}

function timeoutError(repeated: boolean, publishTimeoutMs: number): RaptorFlowError {
  const fate = repeated ? 'it may or may not have been stored' : 'it was not stored';
  return new RaptorFlowError(
    'unavailable',
    `Redis could not be reached within ${publishTimeoutMs} ms (publishTimeoutMs); ${fate}. Publishing again with the same id is safe.`,
  );
}

function replicasError(publishTimeoutMs: number): RaptorFlowError {
  return new RaptorFlowError(
    'unavailable',
    `Too few replicas of Redis had the event within ${publishTimeoutMs} ms (publishTimeoutMs); it may have been stored. See that replicas follow; publishing again with the same id is safe.`,
  );
}

function closedError(): RaptorFlowError {
  return new RaptorFlowError('unavailable', 'The bus engine is closed.');
}
