import type { ChannelPolicy, NewEvent } from '../../engine.ts';
import type { Caller } from './agreement.ts';
import { pushUnits, type TurnUnit } from './turn-units.ts';

/** Something to say of an event in hand, or of a group. */
export type TurnOp =
  | {
      readonly kind: 'end';
      readonly group: string;
      readonly key: string;
      readonly lane: string;
      readonly lock: string;
    }
  | {
      readonly kind: 'hold';
      readonly group: string;
      readonly key: string;
      readonly lane: string;
      readonly lock: string;
      readonly record: string;
      readonly dueAt: number;
    }
  | {
      /** What is known of a handling, for `chain`. */
      readonly kind: 'note';
      readonly group: string;
      readonly key: string;
      readonly lane: string;
      readonly record: string;
    }
  | { readonly kind: 'nudge'; readonly group: string };

/** A wish for events. */
export interface TurnClaim {
  readonly group: string;
  readonly record: string;
  readonly want: number;
  /** How many events one workspace may hold while others wait; 0 for any number. */
  readonly half: number;
  /** Other partitions have something for the group: the half holds although nothing else waits in this one. */
  readonly strict: boolean;
  /** How many events one workspace may hold although nobody else waits, because others come and go; 0 for any number. */
  readonly alone: number;
  /** What the member holds of each workspace. */
  readonly inHand: Readonly<Record<string, number>> | null;
}

/** What came of a claim. */
export interface ClaimAnswer {
  readonly claim: TurnClaim;
  readonly base: number;
  readonly more: boolean;
  /** What is left is of workspaces that hold their half. */
  readonly capped: boolean;
  /** When the group's next hold is due, epoch milliseconds; null when none waits. */
  readonly dueAt: number | null;
  readonly items: readonly string[];
}

/** What a turn answers besides its outcomes. */
export interface TurnAnswer {
  readonly lanes: readonly string[];
  readonly claims: readonly ClaimAnswer[];
  readonly delayedAt: number | null;
  readonly sweepAt: number | null;
  /** Reasons whose oldest dead letters were dropped, and how many. */
  readonly dropped: readonly (string | number)[];
  /** Groups that gained something to hand out. */
  readonly gained: readonly string[];
  readonly stored: boolean;
}

/** What became of events in hand, with the dead letters that come of it. */
export interface TurnSettlement {
  readonly ops: readonly TurnOp[];
  /** Claim records as they are now; an empty text ends one. */
  readonly records: readonly (readonly [string, string])[];
  readonly letters: readonly NewEvent[];
}

/** What one turn carries. */
export interface TurnCargo {
  readonly units: readonly TurnUnit[];
  readonly settlements: readonly TurnSettlement[];
  readonly claims: readonly TurnClaim[];
  /** Asks what falls due in the partition, and when. */
  readonly looksAround: boolean;
}

/** The arguments of the turn. Letters are stored by the very turn that settles; they are answered before the units. */
export function encodeTurn(
  cargo: TurnCargo,
  facts: {
    readonly now: number;
    readonly caller: Caller | null;
    readonly deadLettersPerReasonMax: number;
    policyOf(channel: string): ChannelPolicy;
  },
): (string | number)[] {
  const { units, settlements, claims, looksAround } = cargo;
  const { now, caller, deadLettersPerReasonMax } = facts;
  const args: (string | number)[] = [Math.floor(now)];
  if (caller) args.push(caller.session, caller.generation);
  else args.push('-');
  args.push(deadLettersPerReasonMax, looksAround ? 1 : 0);
  pushSettlements(args, settlements);
  const letters = settlements.flatMap((settlement) => settlement.letters);
  const all = letters.length === 0 ? units : [...units, { events: letters, repeated: true }];
  pushUnits(args, all, (channel) => facts.policyOf(channel));
  args.push(claims.length);
  for (const { group, record, want, half, strict, alone, inHand } of claims) {
    args.push(group, record, want, half, strict ? 1 : 0 - alone, inHand ? JSON.stringify(inHand) : '');
  }
  return args;
}

/** A list in an answer; an empty one is an empty text. */
type RawList<Item> = readonly Item[] | '';

/** An answer as Redis gives it: `ok` alone has nothing to tell. */
export type RawAnswer =
  | 'ok'
  | readonly ['gone']
  | readonly [
      'ok',
      RawList<string | number>,
      RawList<string>,
      RawList<string | readonly string[]>,
      string,
      string,
      RawList<string | number>,
      RawList<string>,
    ];

/** What a turn answers, besides that the session is gone. */
interface TurnReply {
  /** What became of units that were not simply stored: its number, counted from 1, and what to read with {@link outcomeOf}. */
  readonly outcomes: ReadonlyMap<number, string>;
  readonly answer: TurnAnswer;
}

const nothing: TurnAnswer = {
  lanes: [],
  claims: [],
  delayedAt: null,
  sweepAt: null,
  dropped: [],
  gained: [],
  stored: true,
};
const none: ReadonlyMap<number, string> = new Map();

/** The answer in words; null when the session is gone. */
export function readAnswer(raw: RawAnswer, asked: readonly TurnClaim[], stored: boolean): TurnReply | null {
  if (raw === 'ok') return { outcomes: none, answer: stored ? nothing : { ...nothing, stored } };
  if (raw[0] === 'gone') return null;
  const [, outcomes, lanes, claims, delayed, sweep, dropped, gained] = raw;
  const at = (text: string): number | null => (text === '' ? null : Number(text));
  return {
    outcomes: outcomes === '' ? none : readOutcomes(outcomes),
    answer: {
      lanes: listOf(lanes),
      claims: claims === '' ? [] : asked.map((claim, index) => readClaimAnswer(claim, claims, index * 4)),
      delayedAt: at(delayed),
      sweepAt: at(sweep),
      dropped: listOf(dropped),
      gained: listOf(gained),
      stored,
    },
  };
}

function listOf<Item>(list: RawList<Item>): readonly Item[] {
  return list === '' ? [] : list;
}

function readOutcomes(list: readonly (string | number)[]): Map<number, string> {
  const outcomes = new Map<number, string>();
  for (let at = 0; at + 1 < list.length; at += 2) outcomes.set(Number(list[at]), String(list[at + 1]));
  return outcomes;
}

function readClaimAnswer(
  claim: TurnClaim,
  raw: readonly (string | readonly string[])[],
  at: number,
): ClaimAnswer {
  const due = String(raw[at + 2] ?? '');
  const items = raw[at + 3];
  return {
    claim,
    base: Number(raw[at]),
    more: raw[at + 1] !== '0',
    capped: raw[at + 1] === '2',
    dueAt: due === '' ? null : Number(due),
    items: typeof items === 'object' ? items : [],
  };
}

function pushSettlements(args: (string | number)[], settlements: readonly TurnSettlement[]): void {
  const ops = settlements.flatMap((settlement) => settlement.ops);
  args.push(ops.length);
  for (const op of ops) {
    if (op.kind === 'nudge') args.push('nudge', op.group, '', '', '');
    else if (op.kind === 'note') args.push('note', op.group, op.key, op.lane, '', op.record);
    else args.push(op.kind, op.group, op.key, op.lane, op.lock);
    if (op.kind === 'hold') args.push(op.record, op.dueAt);
  }
  // A record may have been rewritten by several settlements: the last one knows best.
  const records = new Map(settlements.flatMap((settlement) => settlement.records));
  args.push(records.size);
  for (const [name, value] of records) args.push(name, value);
}
