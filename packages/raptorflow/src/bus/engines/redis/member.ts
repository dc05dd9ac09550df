import type { Delivery, EngineMember, MemberSpec, Settlement } from '../../engine.ts';
import type { Flight } from './flight.ts';

/** What a member asks of the engine around it. */
export interface MemberHost {
  /** The member's room has changed. */
  fill(member: Member): void;
  /** Notes in Redis that the handlers of these are about to run. */
  noteBegun(member: Member, flights: readonly Flight[]): void;
  settle(member: Member, settlements: readonly Settlement[]): Promise<void>;
  leave(member: Member): Promise<void>;
}

/** One subscription of this process in a group: what it may hold and what it holds. */
export class Member implements EngineMember {
  readonly id: string;
  readonly spec: MemberSpec;
  readonly flights: Map<number, Flight> = new Map();
  readonly begun: Set<number> = new Set();
  readonly deliver: (deliveries: readonly Delivery[]) => void;
  /** How much it may hold. */
  allowed = 0;
  /** How much it has asked for without an answer. */
  asked = 0;
  isLeaving = false;
  /** Received, and not passed on before it is known which workspaces have to share. */
  kept: Flight[] = [];
  readonly #host: MemberHost;

  constructor(
    id: string,
    spec: MemberSpec,
    deliver: (deliveries: readonly Delivery[]) => void,
    host: MemberHost,
  ) {
    this.id = id;
    this.spec = spec;
    this.deliver = deliver;
    this.#host = host;
  }

  get room(): number {
    return this.isLeaving ? 0 : Math.max(0, this.allowed - this.flights.size - this.asked);
  }

  allow(held: number): void {
    this.allowed = held;
    this.#host.fill(this);
  }

  begin(refs: readonly number[]): void {
    const flights: Flight[] = [];
    for (const ref of refs) {
      const flight = this.flights.get(ref);
      if (!flight) continue;
      this.begun.add(ref);
      flights.push(flight);
    }
    this.#host.noteBegun(this, flights);
  }

  settle(settlements: readonly Settlement[]): Promise<void> {
    return this.#host.settle(this, settlements);
  }

  leave(): Promise<void> {
    return this.#host.leave(this);
  }

  /** These belong to others now; answers how many of them the member held. */
  lose(flights: ReadonlySet<Flight>): number {
    const before = this.flights.size;
    for (const { ref } of flights) {
      this.flights.delete(ref);
      this.begun.delete(ref);
    }
    this.kept = this.kept.filter((flight) => !flights.has(flight));
    return before - this.flights.size;
  }

  /** Takes a flight out of the member's hands and out of its claim record; undefined when it does not hold it. */
  release(ref: number): Flight | undefined {
    const flight = this.flights.get(ref);
    if (!flight) return undefined;
    this.flights.delete(ref);
    this.begun.delete(ref);
    flight.record.flights.delete(ref);
    return flight;
  }
}

/** A flight as its handler's side sees it. */
export function toDelivery(flight: Flight): Delivery {
  return {
    ref: flight.ref,
    body: flight.body,
    channel: flight.lane.channel,
    workspace: flight.lane.workspace,
    fencingToken: flight.fence,
    attempt: flight.attempt,
    expiresAt: flight.expiresAt,
    lastError: flight.history.at(-1)?.error ?? null,
    othersWait: flight.record.othersWait,
  };
}
