import { RaptorFlowError } from 'raptorflow/kernel';
import { textOfKey } from './levels.ts';
import type { OperationResult, ReserveOperation } from './operation.ts';

/** A reservation that waits for money that others have set aside and may give back. */
export interface Parked {
  readonly operation: ReserveOperation;
  readonly resolve: (result: OperationResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Place extends Parked {
  /** Why it was not made when it was last tried. */
  refusal: Error;
  readonly key: string;
  leave: () => void;
}

/** How many of one queue are tried in one transaction. */
const triedAtOnceMax = 100;

/**
 * Reservations that do not fit now and would if holds came back: one queue for each budget that is full, first come, first served, so that
 * a large call is not overtaken for ever by small ones.
 */
export class Parking {
  readonly #queues = new Map<string, Place[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether others wait for a budget that this reservation needs as well. */
  isAhead(operation: ReserveOperation): boolean {
    return this.#queues.size > 0 && operation.hold.levels.some((key) => this.#queues.has(textOfKey(key)));
  }

  /** Queues a reservation at its budget; one that was taken out to be tried goes back to the front. */
  park(parked: Parked, key: string, refusal: Error, where: 'front' | 'back'): void {
    const { operation } = parked;
    const place: Place = { ...parked, key, refusal, leave: () => undefined };
    const { signal } = operation;
    const abandon = (): void => {
      this.#remove(place);
      place.reject(new RaptorFlowError('cancelled', 'The call was cancelled while it waited for money.'));
    };
    signal?.addEventListener('abort', abandon, { once: true });
    place.leave = () => signal?.removeEventListener('abort', abandon);
    const queue = this.#queues.get(key) ?? [];
    if (where === 'front') queue.unshift(place);
    else queue.push(place);
    this.#queues.set(key, queue);
    this.#size += 1;
    if (signal?.aborted === true) abandon();
  }

  /** Takes the first of every queue out, to be tried. */
  take(): Parked[] {
    const taken: Place[] = [];
    for (const queue of this.#queues.values()) taken.push(...queue.slice(0, triedAtOnceMax));
    for (const place of taken) this.#remove(place);
    return taken;
  }

  /** Refuses those whose patience is at its end. */
  refuseImpatient(nowMs: number): void {
    const late = [...this.#queues.values()]
      .flat()
      .filter(({ operation }) => (operation.patientUntilMs ?? 0) <= nowMs);
    for (const place of late) {
      this.#remove(place);
      place.reject(place.refusal);
    }
  }

  #remove(place: Place): void {
    const queue = this.#queues.get(place.key);
    const at = queue?.indexOf(place) ?? -1;
    if (queue === undefined || at < 0) return;
    queue.splice(at, 1);
    if (queue.length === 0) this.#queues.delete(place.key);
    this.#size -= 1;
    place.leave();
  }
}
