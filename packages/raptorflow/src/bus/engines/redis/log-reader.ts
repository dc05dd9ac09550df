import type {
  HandlingState,
  ReadPage,
  ReadQuery,
  StoredChain,
  StoredEvent,
  StoredHandling,
} from '../../engine.ts';
import { splitType } from '../../event.ts';
import type { Connection } from './connection.ts';
import { millisOf, positionAt } from './flight.ts';
import { tagIn } from './partitioning.ts';
import { scripts } from './scripts.ts';

/** Events that a watcher reads at once. */
const watchPageMax = 500;
/** Events that are asked of a lane at least, however many lanes there are. */
const laneShareMin = 10;
const farthest = Number.MAX_SAFE_INTEGER;

/** What reading needs of the engine. */
export interface ReaderHost {
  readonly partitions: number;
  keyOf(partition: number): string;
  connection(): Connection;
  now(): number;
}

/** Reads the log of all partitions: by id, by channel in the order of storing, and on from a position. */
export class LogReader {
  readonly #host: ReaderHost;
  /** Partitions that had something for the last page: together they are asked for little more than a page. */
  #spread = 1;

  constructor(host: ReaderHost) {
    this.#host = host;
  }

  /** The event and its position; null for an unknown, delayed or expired one. */
  async locate(id: string): Promise<{ readonly event: StoredEvent; readonly position: number } | null> {
    if (!/^evt_[0-9a-f]{8}-[0-9a-f]{4}-7/u.test(id)) return null;
    const likely = tagIn(id) % this.#host.partitions;
    const first = await this.#find(likely, id);
    if (first) return first;
    const others = this.#partitions().filter((partition) => partition !== likely);
    const found = await Promise.all(others.map((partition) => this.#find(partition, id)));
    return found.find((one) => one !== null) ?? null;
  }

  async read(query: ReadQuery): Promise<ReadPage> {
    const after = query.after ?? (query.since === null ? 0 : positionAt(query.since) - 1);
    const until = query.until === null ? farthest : positionAt(query.until) - 1;
    if (until <= after) return { events: [], next: null };
    const share = Math.ceil(query.limit / this.#spread);
    const pages = await Promise.all(
      this.#partitions().map((partition) => this.#past(partition, query.pattern, { after, until }, share)),
    );
    this.#spread = Math.max(1, pages.filter((page) => page.events.length > 0).length);
    // A page of all partitions reaches as far as the shortest one that was cut.
    const reached = Math.min(...pages.map((page) => page.reached ?? farthest));
    const merged = mergeByTime(
      pages.map(({ events }) => events.filter(({ position }) => position <= reached)),
    );
    // The cut lies between two milliseconds, as far as the page reaches over one: within it, partitions are told apart by ids only.
    const whole = positionAt(millisOf(reached)) - 1;
    const cut = reached === farthest || !merged.some(({ position }) => position <= whole) ? reached : whole;
    const events: StoredEvent[] = [];
    let last = after;
    for (const { position, event } of merged) {
      if (position > cut) continue;
      if (events.length >= query.limit && millisOf(position) > millisOf(last)) {
        return { events, next: positionAt(millisOf(last) + 1) - 1 };
      }
      last = Math.max(last, position);
      if (fits(query.types, event.type)) events.push(event);
    }
    return { events, next: cut === farthest ? null : cut };
  }

  /** The events of a request, oldest first, and where every group is with them. */
  async chain(requestId: string, limit: number): Promise<StoredChain> {
    const parts = await Promise.all(
      this.#partitions().map((partition) => this.#run(partition, 'chain', [requestId, limit])),
    );
    const lists: Found[][] = [];
    const handlings: StoredHandling[] = [];
    let truncated = false;
    for (const part of parts) {
      const [rows, records, more] = part as [string[], string[], string];
      lists.push(foundIn(rows));
      for (const record of records) handlings.push(readHandling(record));
      truncated ||= more === '1';
    }
    const merged = mergeByTime(lists);
    const events = merged
      .slice(0, limit)
      .map(({ event }) => ({ ...event, body: withoutPayload(event.body) }));
    return { events, handlings, truncated: truncated || merged.length > limit };
  }

  /** What was stored in a partition behind a position, in order, until there is no more; answers where it ended. */
  async follow(
    partition: number,
    after: number,
    tell: (events: readonly StoredEvent[]) => void,
  ): Promise<number> {
    let position = after;
    for (;;) {
      const page = await this.#page(partition, position, watchPageMax);
      tell(page.events.map(({ event }) => event));
      if (page.reached === null) return Math.max(position, page.head);
      position = page.reached;
    }
  }

  // What a partition holds behind a position and had when it was asked, less what has expired.
  async #past(
    partition: number,
    pattern: string,
    { after, until }: { readonly after: number; readonly until: number },
    limit: number,
  ): Promise<{ readonly events: readonly Found[]; readonly reached: number | null }> {
    const [head, ...facts] = (await this.#run(partition, 'lanesBehind', [pattern, after])) as string[];
    const lanes = lanesOf(facts);
    const last = Math.min(until, Number(head));
    if (lanes.length === 0 || last <= after) return { events: [], reached: null };
    const share = lanes.length === 1 ? limit : Math.max(laneShareMin, Math.ceil((2 * limit) / lanes.length));
    const rows = await Promise.all(
      lanes.map(({ lane }) => this.#range(partition, lane, after + 1, last, share)),
    );
    const now = this.#host.now();
    let reached: number | null = null;
    const lists = lanes.map(({ channel, retentionMs }, index): Found[] => {
      const entries = rows[index] ?? [];
      const end = entries.length < share ? null : positionOf(entries.at(-1));
      if (end !== null) reached = Math.min(reached ?? end, end);
      return entries.flatMap((entry) => aliveIn(entry, channel, retentionMs, now));
    });
    return cutAt(lists.length === 1 ? (lists[0] ?? []) : lists.flat().toSorted(byPosition), reached, limit);
  }

  async #range(
    partition: number,
    lane: string,
    from: number,
    to: number,
    count: number,
  ): Promise<readonly Entry[]> {
    const host = this.#host;
    const stream = `${host.keyOf(partition)}l:${lane}`;
    const rows = await host.connection().call('xrange', stream, `${from}-0`, `${to}-0`, 'COUNT', count);
    return rows as readonly Entry[];
  }

  async #page(
    partition: number,
    after: number,
    limit: number,
  ): Promise<{
    readonly events: readonly Found[];
    readonly reached: number | null;
    readonly head: number;
  }> {
    const answer = await this.#run(partition, 'page', [after, limit]);
    const [rows, reached, head] = answer as [string[], string, string];
    return { events: foundIn(rows), reached: reached === '' ? null : Number(reached), head: Number(head) };
  }

  async #find(
    partition: number,
    id: string,
  ): Promise<{ readonly event: StoredEvent; readonly position: number } | null> {
    const answer = (await this.#run(partition, 'find', [id])) as [string, string, string] | null;
    if (!answer) return null;
    const [lane, position, body] = answer;
    const channel = lane.split('|', 2)[1] ?? '';
    return { event: { channel, type: typeOf(body), body }, position: Number(position) };
  }

  #run(
    partition: number,
    name: 'find' | 'lanesBehind' | 'page' | 'chain',
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const host = this.#host;
    return host.connection().run(scripts[name], [host.keyOf(partition)], [Math.floor(host.now()), ...args]);
  }

  #partitions(): number[] {
    return Array.from({ length: this.#host.partitions }, (_, partition) => partition);
  }
}

interface Found {
  readonly position: number;
  readonly event: StoredEvent;
}

/** An entry of a lane, as `XRANGE` answers it: the body is the first value. */
type Entry = readonly [id: string, fields: readonly string[]];

interface Lane {
  readonly lane: string;
  readonly channel: string;
  readonly retentionMs: number;
}

function lanesOf(facts: readonly string[]): Lane[] {
  const lanes: Lane[] = [];
  for (let at = 0; at + 2 < facts.length; at += 3) {
    lanes.push({
      lane: facts[at] ?? '',
      channel: facts[at + 1] ?? '',
      retentionMs: Number(facts[at + 2]),
    });
  }
  return lanes;
}

function positionOf(entry: Entry | undefined): number {
  return Number(entry?.[0].slice(0, -2));
}

// Nothing when the event has expired.
function aliveIn(entry: Entry, channel: string, retentionMs: number, now: number): Found[] {
  const position = positionOf(entry);
  const [, fields] = entry;
  let expiresAt = millisOf(position) + retentionMs;
  for (let at = 2; at < fields.length; at += 2) if (fields[at] === 'x') expiresAt = Number(fields[at + 1]);
  if (expiresAt <= now) return [];
  const body = fields[1] ?? '';
  return [{ position, event: { channel, type: typeOf(body), body } }];
}

function byPosition(left: Found, right: Found): number {
  return left.position - right.position;
}

// Where lanes were cut, nothing is missing up to where the shortest of them ends.
function cutAt(
  found: readonly Found[],
  reached: number | null,
  limit: number,
): { readonly events: readonly Found[]; readonly reached: number | null } {
  const whole = reached === null ? found : found.filter(({ position }) => position <= reached);
  if (whole.length <= limit) return { events: whole, reached };
  const events = whole.slice(0, limit);
  return { events, reached: events.at(-1)?.position ?? reached };
}

function foundIn(rows: readonly string[]): Found[] {
  const found: Found[] = [];
  for (let at = 0; at + 2 < rows.length; at += 3) {
    const body = rows[at + 2] ?? '';
    const event = { channel: rows[at + 1] ?? '', type: typeOf(body), body };
    found.push({ position: Number(rows[at]), event });
  }
  return found;
}

interface HandlingRecord {
  readonly i: string;
  readonly g: string;
  readonly s: HandlingState;
  readonly a: number;
  readonly b?: number;
  readonly e?: number;
  readonly k?: number;
  readonly x?: string;
  readonly d?: string;
}

function readHandling(text: string): StoredHandling {
  const { i, g, s, a, b, e, k, x, d } = JSON.parse(text) as HandlingRecord;
  return {
    eventId: i,
    group: g,
    state: s,
    attempts: a,
    beganAt: b ?? null,
    endedAt: e ?? null,
    tookMs: k ?? null,
    error: x ?? null,
    deadLetterId: d ?? null,
  };
}

// A story of many large events must not travel whole; a dead letter keeps its facts and the envelope of its event.
function withoutPayload(body: string): string {
  const event = JSON.parse(body) as { type: string; payload?: { event?: { payload?: unknown } } };
  if (!event.type.startsWith('dead_letter:')) delete event.payload;
  else if (event.payload?.event) delete event.payload.event.payload;
  return JSON.stringify(event);
}

// Within a partition positions tell the order of storing. Between partitions only milliseconds can, and within one the ids, which a publisher
// makes in order.
function mergeByTime(lists: readonly (readonly Found[])[]): Found[] {
  const merged: Found[] = [];
  const at = lists.map(() => 0);
  for (;;) {
    let next = -1;
    for (const [index, list] of lists.entries()) {
      const found = list[at[index] ?? 0];
      const best = next < 0 ? undefined : lists[next]?.[at[next] ?? 0];
      if (found && (!best || isEarlier(found, best))) next = index;
    }
    const found = lists[next]?.[at[next] ?? 0];
    if (!found) return merged;
    merged.push(found);
    at[next] = (at[next] ?? 0) + 1;
  }
}

function isEarlier(left: Found, right: Found): boolean {
  const difference = millisOf(left.position) - millisOf(right.position);
  if (difference !== 0) return difference < 0;
  return idOf(left.event.body) < idOf(right.event.body);
}

function idOf(body: string): string {
  return leadingId.exec(body)?.[1] ?? '';
}

const leadingId = /^\{"id":"([^"]*)"/u;
const leadingType = /^\{"id":"[^"]*","type":"([^"]*)"/u;

// Bodies of ours begin with id and type; those of other writers may not.
function typeOf(body: string): string {
  const type = leadingType.exec(body)?.[1];
  if (type !== undefined) return type;
  const event = JSON.parse(body) as { type?: unknown };
  return typeof event.type === 'string' ? event.type : '';
}

function fits(types: readonly string[] | null, type: string): boolean {
  return types === null || types.includes(type) || types.includes(splitType(type).base);
}
