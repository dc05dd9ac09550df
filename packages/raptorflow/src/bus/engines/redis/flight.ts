import type { AttemptRecord } from '../../dead-letter.ts';
import { priorities } from '../../event.ts';

/** What a lane's number stands for. */
export interface LaneFacts {
  readonly lane: string;
  readonly channel: string;
  readonly workspace: string;
  readonly priority: (typeof priorities)[number];
  readonly retentionMs: number;
}

/** A claim record of the session in Redis: what of one claim is not settled yet. */
export interface ClaimRecord {
  readonly name: string;
  readonly flights: Map<number, Flight>;
  /** Other workspaces had something when it was made. */
  othersWait: boolean;
}

/** An event in this process's hands. */
export interface Flight {
  readonly ref: number;
  readonly partition: number;
  readonly record: ClaimRecord;
  readonly group: string;
  readonly fence: number;
  /** `lane position`, with a minus before it for a redriven dead letter. */
  readonly key: string;
  readonly lane: LaneFacts;
  readonly attempt: number;
  readonly expiresAt: number;
  /** Whether the group has a hold record of it, which keeps its history. */
  readonly held: boolean;
  readonly redriven: boolean;
  readonly expired: boolean;
  readonly lock: string;
  readonly history: readonly AttemptRecord[];
  readonly body: string;
}

/** What a hold is kept as; the names are Redis's. */
interface HoldRecord {
  /** Attempts counted. */
  readonly a: number;
  /** Expires at. */
  readonly e: number;
  /** Number of the lane. */
  readonly o: string;
  readonly lk?: string;
  readonly h?: readonly (readonly [number, number, string])[];
  /** The event itself, when it was redriven. */
  readonly b?: string;
}

interface Special {
  readonly a: number;
  readonly e: number;
  readonly f: number;
  readonly k: string;
  readonly o: string;
  readonly h?: readonly (readonly [number, number, string])[] | Record<string, never>;
  readonly lk?: string;
  readonly held?: number;
  readonly x?: number;
  readonly rd?: number;
}

const perMs = 2_048;

/** The moment at which a position was stored, epoch milliseconds. */
export function millisOf(position: number): number {
  return Math.floor(position / perMs);
}

/** The first position that could be stored at a moment. */
export function positionAt(millis: number): number {
  return Math.floor(millis) * perMs;
}

/** Lane names as scripts answer them: number, `priority|channel|workspace`, retention. */
export function readLanes(answer: readonly string[], into: Map<string, LaneFacts>): void {
  for (let at = 0; at + 2 < answer.length; at += 3) {
    const lane = answer[at] ?? '';
    const name = answer[at + 1] ?? '';
    const [first, second] = [name.indexOf('|'), name.indexOf('|', 2)];
    into.set(lane, {
      lane,
      priority: priorities[Number(name.slice(0, first))] ?? 'normal',
      channel: name.slice(first + 1, second),
      workspace: name.slice(second + 1),
      retentionMs: Number(answer[at + 2]),
    });
  }
}

/** The name of a lane, as scripts keep it. */
export function laneName(priority: number, channel: string, workspace: string): string {
  return `${priority}|${channel}|${workspace}`;
}

/** What one claim brought: pairs of a key, or of JSON where there is more to say, and the body. */
export function readClaim(
  answer: readonly string[],
  claim: {
    readonly base: number;
    readonly record: ClaimRecord;
    readonly group: string;
    readonly partition: number;
    readonly lanes: ReadonlyMap<string, LaneFacts>;
    readonly nextRef: () => number;
  },
): Flight[] {
  const flights: Flight[] = [];
  const { record, group, partition } = claim;
  for (let at = 0; at + 1 < answer.length; at += 2) {
    const meta = answer[at] ?? '';
    const body = answer[at + 1] ?? '';
    const plain = meta[0] !== '{';
    const special = plain ? undefined : (JSON.parse(meta) as Special);
    const key = special?.k ?? meta;
    const laneId = special?.o ?? key.slice(0, key.indexOf(' '));
    const lane = claim.lanes.get(laneId);
    if (!lane) continue;
    const position = Number(key.slice(key.indexOf(' ') + 1));
    const flight: Flight = {
      ref: claim.nextRef(),
      partition,
      record,
      group,
      fence: special?.f ?? claim.base + flights.length + 1,
      key,
      lane,
      attempt: special?.a ?? 1,
      expiresAt: special?.e ?? millisOf(position) + lane.retentionMs,
      held: special?.held === 1,
      redriven: special?.rd === 1,
      expired: special?.x === 1,
      lock: special?.lk ?? '',
      history: historyOf(special?.h),
      body,
    };
    record.flights.set(flight.ref, flight);
    flights.push(flight);
  }
  return flights;
}

/** What is left of a claim record, as Redis keeps it; empty when nothing is. */
export function writeRecord(record: ClaimRecord): string {
  if (record.flights.size === 0) return '';
  const entries: unknown[] = [];
  for (const { fence, key, lane, attempt, held, lock } of record.flights.values()) {
    if (attempt === 1 && !held && lock === '') entries.push([fence, key]);
    else entries.push([fence, key, lane.lane, attempt, held ? 1 : 0, lock]);
  }
  return JSON.stringify(entries);
}

/** The hold of an event that waits for another attempt. */
export function writeHold(flight: Flight, attempts: number, history: readonly AttemptRecord[]): string {
  const hold: HoldRecord = {
    a: attempts,
    e: Math.round(flight.expiresAt),
    o: flight.lane.lane,
    ...(flight.lock === '' ? {} : { lk: flight.lock }),
    ...(history.length === 0
      ? {}
      : { h: history.map(({ attempt, at, error }) => [attempt, Date.parse(at), error] as const) }),
    ...(flight.redriven ? { b: flight.body } : {}),
  };
  return JSON.stringify(hold);
}

function historyOf(history: Special['h']): AttemptRecord[] {
  // Lua writes an empty table as an object.
  if (!Array.isArray(history)) return [];
  return (history as readonly (readonly [number, number, string])[]).map(([attempt, at, error]) => ({
    attempt,
    at: new Date(at).toISOString(),
    error,
  }));
}
