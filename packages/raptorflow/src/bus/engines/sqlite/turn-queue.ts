import { RaptorFlowError, type Clock, type Logger, type Timer } from '../../../kernel/index.ts';
import type { SqliteStore } from '../../../storage/index.ts';
import type { AppendOutcome, NewEvent, Settlement, StoredEvent } from '../../engine.ts';
import { packAppend, packSettlements } from './columns.ts';
import type { TurnInput, TurnOutput } from './protocol.ts';

/** Turns on their way to the worker at once: one runs while the next one fills. */
const turnsInFlightMax = 2;
/** Events that one turn stores, unless a single publishMany brings more. */
const turnEventsMax = 1_024;
/**
 * So many events do not wait for the end of the present turn of the event loop: the worker stores them while this thread checks and encodes
 * the next ones. Fewer would pay for a turn, and a sync, too often.
 */
const eagerEventsMin = 128;
/*
 * Where syncs are slow that would be a loss, because fewer events share each: below the first turns go out early, above the second no more.
 * A sync costs as much as encoding what could have shared it when turns take about as long as this.
 */
const quickTurnMs = 3;
const slowTurnMs = 4;
/** Weight of the newest turn's time in the moving average. */
const averageWeight = 0.1;
/** What failed is tried again after this. */
const tryAgainMs = 1_000;

interface PendingAppend {
  readonly units: readonly (readonly NewEvent[])[];
  readonly resolve: (outcomes: readonly AppendOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

interface PendingSettlements {
  readonly member: number;
  readonly settlements: readonly Settlement[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What a turn carried. */
export interface TurnCargo {
  readonly appends: readonly PendingAppend[];
  readonly settlements: readonly PendingSettlements[];
  readonly rooms: readonly (readonly [number, number])[];
}

/** What the queue reports to. */
export interface TurnListener {
  /**
   * A turn is committed: first its events and deliveries are told, then its callers. `appended` is all that it brought, `stored` what can
   * be seen now.
   */
  onTurn(output: TurnOutput, stored: readonly StoredEvent[], appended: readonly NewEvent[]): void;
}

/**
 * Gathers what publishers, members and timers want into turns: while turns are under way everything new waits for the next one, so
 * a busy engine makes few large transactions and an idle one answers at once.
 */
export class TurnQueue {
  readonly #store: SqliteStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #listener: TurnListener;
  #appends: PendingAppend[] = [];
  #waitingEvents = 0;
  #settlements: PendingSettlements[] = [];
  // What a failed turn carried, until it is tried again.
  #refused: PendingSettlements[] = [];
  #refusedRooms = new Map<number, number>();
  #rooms = new Map<number, number>();
  #poked = false;
  #scheduled = false;
  #inFlight = 0;
  #averageMs = 0;
  #eager = true;
  #again: Timer | undefined;
  #closed = false;
  #drained: (() => void)[] = [];

  constructor(store: SqliteStore, clock: Clock, log: Logger, listener: TurnListener) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#listener = listener;
  }

  append(units: readonly (readonly NewEvent[])[]): Promise<readonly AppendOutcome[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw closedError();
      this.#appends.push({ units, resolve, reject });
      this.#waitingEvents += countOf(units);
      if (this.#eager && this.#waitingEvents >= eagerEventsMin) this.#send();
      this.#schedule();
    });
  }

  settle(member: number, settlements: readonly Settlement[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw closedError();
      this.#settlements.push({ member, settlements, resolve, reject });
      this.#schedule();
    });
  }

  allow(member: number, room: number): void {
    this.#rooms.set(member, room);
    this.#schedule();
  }

  /** Asks for a turn although nobody brings anything: something is due. */
  poke(): void {
    this.#poked = true;
    this.#schedule();
  }

  /** Resolves when nothing waits and nothing is under way. */
  drain(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained.push(resolve);
    });
  }

  /** Refuses everything from now on; what waits is rejected. */
  close(): void {
    this.#closed = true;
    this.#again?.cancel();
    for (const { reject } of this.#appends) reject(closedError());
    for (const { reject } of [...this.#refused, ...this.#settlements]) reject(closedError());
    this.#appends = [];
    this.#waitingEvents = 0;
    this.#settlements = [];
    this.#refused = [];
    this.#rooms.clear();
    this.#poked = false;
    this.#tellDrained();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed || this.#inFlight >= turnsInFlightMax || !this.#hasWork()) return;
    this.#scheduled = true;
    // At the end of the present turn of the event loop, so that all it brings travels together.
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#closed || this.#inFlight >= turnsInFlightMax || !this.#hasWork()) return;
    const cargo: TurnCargo = {
      appends: this.#takeAppends(),
      settlements: this.#settlements,
      rooms: [...this.#rooms],
    };
    this.#settlements = [];
    this.#rooms = new Map();
    this.#poked = false;
    this.#inFlight += 1;
    void this.#run(cargo).finally(() => {
      this.#inFlight -= 1;
      if (this.#hasWork()) this.#schedule();
      else this.#tellDrained();
    });
  }

  // At least one, then as many as fit: a turn that carries too much would hold up what comes after it.
  #takeAppends(): PendingAppend[] {
    let events = 0;
    let count = 0;
    for (const { units } of this.#appends) {
      const more = countOf(units);
      if (count > 0 && events + more > turnEventsMax) break;
      events += more;
      count += 1;
    }
    this.#waitingEvents -= events;
    const taken = count === this.#appends.length ? this.#appends : this.#appends.slice(0, count);
    this.#appends = count === this.#appends.length ? [] : this.#appends.slice(count);
    return taken;
  }

  async #run(cargo: TurnCargo): Promise<void> {
    const units =
      cargo.appends.length === 1 ? cargo.appends[0]?.units : cargo.appends.flatMap((a) => a.units);
    const input: TurnInput = {
      now: this.#clock.now(),
      settlements: cargo.settlements.map(({ member, settlements }) => packSettlements(member, settlements)),
      rooms: cargo.rooms,
      append: units && units.length > 0 ? packAppend(units) : null,
    };
    try {
      const begunAt = this.#clock.monotonic();
      const output = await this.#store.call<TurnOutput>('turn', input, { atOnce: true });
      this.#noteTime(this.#clock.monotonic() - begunAt);
      this.#finish(cargo, units ?? [], output);
    } catch (error) {
      this.#fail(cargo, error);
    }
  }

  #noteTime(tookMs: number): void {
    this.#averageMs += averageWeight * (tookMs - this.#averageMs);
    this.#eager = this.#averageMs < (this.#eager ? slowTurnMs : quickTurnMs);
  }

  #finish(cargo: TurnCargo, units: readonly (readonly NewEvent[])[], output: TurnOutput): void {
    const appended = units.flat();
    this.#listener.onTurn(output, visibleEvents(appended, output), appended);
    let at = 0;
    for (const append of cargo.appends) {
      append.resolve(
        append.units.map((unit) => {
          const outcome = output.outcomes?.[at] ?? null;
          at += 1;
          return outcome ?? { kind: 'stored', ids: unit.map((event) => event.id), duplicates: 0 };
        }),
      );
    }
    for (const { resolve } of cargo.settlements) resolve();
  }

  // Publishers learn that it failed. What members said stays true, so it is said again until it is stored.
  #fail(cargo: TurnCargo, error: unknown): void {
    for (const { reject } of cargo.appends) reject(error);
    if (this.#closed || this.#store.state !== 'running') {
      for (const { reject } of cargo.settlements) reject(error);
      return;
    }
    this.#log.error('The store refused what handlers reported; it is tried again every second.', { error });
    this.#refused = [...this.#refused, ...cargo.settlements];
    this.#refusedRooms = new Map([...this.#refusedRooms, ...cargo.rooms]);
    this.#again ??= this.#clock.setTimeout(() => {
      this.#again = undefined;
      this.#settlements = [...this.#refused, ...this.#settlements];
      this.#rooms = new Map([...this.#refusedRooms, ...this.#rooms]);
      this.#refused = [];
      this.#refusedRooms = new Map();
      this.poke();
    }, tryAgainMs);
  }

  #hasWork(): boolean {
    return this.#appends.length > 0 || this.#settlements.length > 0 || this.#rooms.size > 0 || this.#poked;
  }

  #isIdle(): boolean {
    return this.#inFlight === 0 && this.#refused.length === 0 && !this.#hasWork();
  }

  #tellDrained(): void {
    if (!this.#isIdle()) return;
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }
}

// What watchers may see now: everything appended but duplicates, refused units and delayed events; then what the program stored itself.
function visibleEvents(appended: readonly NewEvent[], output: TurnOutput): readonly StoredEvent[] {
  const { visible, born } = output;
  const seen = visible === null ? appended : appended.filter((_, index) => visible[index]);
  return born.length === 0 ? seen : [...seen, ...born];
}

function countOf(units: readonly (readonly NewEvent[])[]): number {
  let events = 0;
  for (const unit of units) events += unit.length;
  return events;
}

function closedError(): RaptorFlowError {
  return new RaptorFlowError('unavailable', 'The bus engine is closed.');
}
