import type { CallAttempt } from './call.ts';
import type { AttemptOutcome, Hold, HoldState, Settlement } from './ledger.ts';
import type { LinePlace } from './booking.ts';
import type { Period } from './period.ts';

/** Sets money aside. */
export interface ReserveOperation {
  readonly kind: 'reserve';
  readonly attempt: CallAttempt;
  readonly hold: Hold;
  readonly month: Period;
  readonly nowMs: number;
  /** Until when, on the monotonic clock, it waits where only holds are in the way; null refuses at once. */
  readonly patientUntilMs: number | null;
  readonly signal: AbortSignal | undefined;
}

/** Books what became of a hold. */
export interface SettleOperation {
  readonly kind: 'settle';
  readonly hold: Hold;
  readonly attempt: CallAttempt;
  /** Or `process_died`: nothing if the request had not left, else uncertain; and nothing at all if it is booked already. */
  readonly outcome: AttemptOutcome | 'process_died';
  readonly place: LinePlace;
  /** The state that this process left the hold in; undefined when it has to be read. */
  readonly known: HoldState | undefined;
}

/** Books what costs nothing. */
export interface RecordOperation {
  readonly kind: 'record';
  readonly attempt: CallAttempt;
  readonly outcome: AttemptOutcome;
  readonly place: LinePlace;
}

/** One thing that the ledger does; those of a workspace that arrive together share a transaction. */
export type Operation = ReserveOperation | SettleOperation | RecordOperation;

/** Says that a reservation does not fit now, and would if what others hold came back. */
export class NoRoomYet {
  /** The budget that is full, as `textOfKey` writes it. */
  readonly budget: string;
  /** What to say if nothing comes back in time. */
  readonly refusal: Error;

  constructor(budget: string, refusal: Error) {
    this.budget = budget;
    this.refusal = refusal;
  }
}

/** What an operation answers: a settlement for one that settles, an error for one that was refused, else nothing. */
export type OperationResult = Settlement | Error | NoRoomYet | undefined;
