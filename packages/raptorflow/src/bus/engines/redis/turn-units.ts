import type { AppendOutcome, ChannelPolicy, NewEvent } from '../../engine.ts';
import { priorities } from '../../event.ts';
import { laneName } from './flight.ts';

/** Events of one channel and workspace that are stored together or not at all. */
export interface TurnUnit {
  readonly events: readonly NewEvent[];
  /** Its answer was lost before, so that it may be stored already. */
  repeated: boolean;
}

/** Adds what a turn is to store. Units that need no second look travel as runs, which cost Redis half. */
export function pushUnits(
  args: (string | number)[],
  units: readonly TurnUnit[],
  policyOf: (channel: string) => ChannelPolicy,
): void {
  const kinds = new KindTable(policyOf);
  const plain = units.map((unit) => isPlain(unit, kinds));
  const runs = new RunList();
  const events: (string | number)[] = [];
  let count = 0;
  for (const [index, unit] of units.entries()) {
    const first = unit.events[0];
    if (plain[index] && first && !kinds.isMixed(first)) {
      runs.add(kinds.indexOf(first), unit.events);
      continue;
    }
    count += 1;
    events.push(index + 1, unit.events.length);
    for (const event of unit.events) {
      const extras = extrasOf(event);
      const mark = event.isFresh === true && !unit.repeated ? `f${extras}` : extras;
      events.push(kinds.indexOf(event), event.id, event.body, mark);
    }
  }
  kinds.push(args);
  runs.push(args);
  args.push(count);
  for (const value of events) args.push(value);
}

/** Channels, workspaces and priorities of a turn, each told once. */
class KindTable {
  readonly #policyOf: (channel: string) => ChannelPolicy;
  readonly #indices = new Map<string, number>();
  readonly #declared: (string | number)[] = [];
  readonly #mixed = new Set<number>();
  readonly #limited = new Set<number>();
  #last: NewEvent | undefined;
  #lastIndex = 0;

  constructor(policyOf: (channel: string) => ChannelPolicy) {
    this.#policyOf = policyOf;
  }

  indexOf(event: NewEvent): number {
    const last = this.#last;
    if (
      last &&
      last.channel === event.channel &&
      last.workspace === event.workspace &&
      last.priority === event.priority
    ) {
      return this.#lastIndex;
    }
    const rank = priorities.indexOf(event.priority);
    const name = laneName(rank, event.channel, event.workspace);
    let index = this.#indices.get(name);
    if (index === undefined) {
      index = this.#indices.size + 1;
      this.#indices.set(name, index);
      const { retentionMs, eventsMax, bytesMax } = this.#policyOf(event.channel);
      if (eventsMax !== null || bytesMax !== null) this.#limited.add(index);
      this.#declared.push(event.channel, event.workspace, rank, retentionMs, eventsMax ?? -1, bytesMax ?? -1);
    }
    this.#last = event;
    this.#lastIndex = index;
    return index;
  }

  isLimited(event: NewEvent): boolean {
    return this.#limited.has(this.indexOf(event));
  }

  /** Notes that a lane has events that need a second look; the others of that lane must keep their place among them. */
  mix(event: NewEvent): void {
    this.#mixed.add(this.indexOf(event));
  }

  isMixed(event: NewEvent): boolean {
    return this.#mixed.has(this.indexOf(event));
  }

  push(args: (string | number)[]): void {
    args.push(this.#indices.size);
    for (const value of this.#declared) args.push(value);
  }
}

/** Events that need no second look, gathered by lane and millisecond. */
class RunList {
  readonly #runs: { readonly kind: number; readonly ms: number; readonly values: string[] }[] = [];

  add(kind: number, events: readonly NewEvent[]): void {
    for (const { id, body } of events) {
      const ms = Number.parseInt(id.slice(4, 12) + id.slice(13, 17), 16);
      let run = this.#runs.at(-1);
      if (run?.kind !== kind || run.ms !== ms) {
        run = { kind, ms, values: [] };
        this.#runs.push(run);
      }
      run.values.push(id.slice(19), body);
    }
  }

  push(args: (string | number)[]): void {
    args.push(this.#runs.length);
    for (const { kind, ms, values } of this.#runs) {
      args.push(kind, ms, values.length / 2);
      for (const value of values) args.push(value);
    }
  }
}

// Such a unit is stored whatever the partition holds: nothing of it can be a duplicate, wait, or find its channel full.
function isPlain(unit: TurnUnit, kinds: KindTable): boolean {
  let plain = !unit.repeated;
  for (const event of unit.events) {
    const isSimple = event.isFresh === true && extrasOf(event) === '' && !kinds.isLimited(event);
    if (!isSimple || unit.repeated) kinds.mix(event);
    plain &&= isSimple;
  }
  return plain;
}

function extrasOf(event: NewEvent): string {
  const { orderingKey, dedupeKey, dedupeMs, delayMs, expiresInMs, requestId, deadLetter } = event;
  if (
    orderingKey === undefined &&
    dedupeKey === undefined &&
    deadLetter === undefined &&
    expiresInMs === undefined &&
    requestId === undefined &&
    !(delayMs !== undefined && delayMs > 0)
  ) {
    return '';
  }
  return JSON.stringify({
    o: orderingKey,
    d: dedupeKey,
    w: dedupeKey === undefined ? undefined : Math.ceil(dedupeMs ?? 0),
    t: delayMs !== undefined && delayMs > 0 ? Math.ceil(delayMs) : undefined,
    x: expiresInMs === undefined ? undefined : Math.ceil(expiresInMs),
    q: requestId,
    l: deadLetter && {
      r: deadLetter.reason,
      i: deadLetter.eventId,
      c: deadLetter.channel,
      g: deadLetter.group ?? undefined,
    },
  });
}

/** What became of a unit, from what the turn says of those that were not simply stored. */
export function outcomeOf(unit: TurnUnit, text: string | undefined): AppendOutcome {
  const ids = unit.events.map(({ id }) => id);
  if (text === undefined) return { kind: 'stored', ids, duplicates: 0 };
  const answer = JSON.parse(text) as
    | ['ids', number, Record<string, string>]
    | ['eventsMax' | 'bytesMax', string, number];
  if (answer[0] !== 'ids') return { kind: 'exhausted', limit: answer[0], channel: answer[1], max: answer[2] };
  const [, duplicates, others] = answer;
  for (const [at, id] of Object.entries(others)) ids[Number(at) - 1] = id;
  // After a lost answer what looks like a duplicate is what the lost turn stored.
  const own = unit.repeated ? unit.events.every(({ id }, at) => id === ids[at]) : false;
  return { kind: 'stored', ids, duplicates: own ? 0 : duplicates };
}
