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
    const pages = await Promise.all(
      this.#partitions().map((partition) =>
        this.#page(partition, query.pattern, after, until, query.limit, false),
      ),
    );
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
      const page = await this.#page(partition, '>', position, farthest, watchPageMax, true);
      tell(page.events.map(({ event }) => event));
      if (page.reached === null) return Math.max(position, page.head);
      position = page.reached;
    }
  }

  async #page(
    partition: number,
    pattern: string,
    after: number,
    until: number,
    limit: number,
    withExpired: boolean,
  ): Promise<{
    readonly events: readonly Found[];
    readonly reached: number | null;
    readonly head: number;
  }> {
    const args = [pattern, after, until, limit, withExpired ? 1 : 0];
    const [rows, reached, head] = (await this.#run(partition, 'page', args)) as [string[], string, string];
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
    name: 'find' | 'page' | 'chain',
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
