import type { DeadLetterChange, DeadLetterFilter } from '../../dead-letter.ts';
import type { ChannelPolicy, EngineDeadLetters, StoredDeadLetter } from '../../engine.ts';
import { priorities } from '../../event.ts';
import { foreignCursor } from '../../page-cursor.ts';
import type { Connection } from './connection.ts';
import { laneName } from './flight.ts';
import { tagIn } from './partitioning.ts';
import { scripts } from './scripts.ts';

/** Letters that one script call looks at. */
const sliceMax = 500;
/** Refusals that an answer lists at most. */
const refusalsMax = 100;
const newest = '+inf';

/** What the letters need of the engine. */
export interface LettersHost {
  readonly partitions: number;
  keyOf(partition: number): string;
  connection(): Connection;
  now(): number;
  sessionId(): string;
  policyOf(channel: string): ChannelPolicy;
  /** Called after letters were given back, with the moments at which they fall due. */
  onRedriven(partition: number, group: string, dueAt: number): void;
}

interface Found {
  readonly partition: number;
  readonly id: string;
  readonly position: number;
  readonly letter: StoredDeadLetter;
}

/** The dead letters of all partitions as one list. */
export class RedisDeadLetters implements EngineDeadLetters {
  readonly #host: LettersHost;

  constructor(host: LettersHost) {
    this.#host = host;
  }

  async list({
    cursor,
    limit,
    ...filter
  }: DeadLetterFilter & { readonly cursor: string | null; readonly limit: number }): Promise<{
    readonly items: readonly StoredDeadLetter[];
    readonly cursor: string | null;
    readonly total: number;
  }> {
    const place = cursor === null ? null : placeIn(cursor);
    const lists = await Promise.all(
      this.#partitions().map((partition) =>
        this.#scan(partition, filter, {
          oldestFirst: false,
          // One may stand at the very place itself.
          bodies: place ? limit + 2 : limit + 1,
          from: place ? String(place.position) : newest,
          counts: place === null,
        }),
      ),
    );
    const total = place?.total ?? lists.reduce((sum, { count }) => sum + count, 0);
    const found = lists
      .flatMap(({ items }) => items)
      .filter((item) => !place || isOlder(item, place))
      .toSorted((left, right) => (isOlder(left, right) ? 1 : -1))
      .slice(0, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(({ letter }) => letter),
      cursor: found.length > limit && last ? `${last.position}.${total}.${last.id}` : null,
      total,
    };
  }

  async get(id: string): Promise<StoredDeadLetter | null> {
    return (await this.#find(id))?.letter ?? null;
  }

  redrive(
    which: DeadLetterFilter | readonly string[],
    pace: { readonly delayMs: number; readonly spacingMs: number; readonly limit: number },
  ): Promise<DeadLetterChange & { readonly more: boolean }> {
    return this.#change(which, pace.limit, (found, index) =>
      this.#redrive(found, pace.delayMs + index * pace.spacingMs),
    );
  }

  discard(
    which: DeadLetterFilter | readonly string[],
    limit: number,
  ): Promise<DeadLetterChange & { readonly more: boolean }> {
    return this.#change(which, limit, ({ partition, id }) =>
      this.#run(partition, 'change', [id, 'discard', this.#host.sessionId()]),
    );
  }

  async #change(
    which: DeadLetterFilter | readonly string[],
    limit: number,
    act: (found: Found, index: number) => Promise<unknown>,
  ): Promise<DeadLetterChange & { readonly more: boolean }> {
    const refused: { id: string; why: string }[] = [];
    const byIds = isIds(which);
    const chosen = byIds ? await this.#byIds(which, refused) : await this.#byFilter(which, limit);
    let changed = 0;
    for (const found of chosen) {
      const why = String(await act(found, changed));
      if (why === '') changed += 1;
      else if (refused.length < refusalsMax) refused.push({ id: found.id, why });
    }
    return { changed, refused, more: !byIds && changed > 0 && chosen.length >= limit };
  }

  async #byIds(ids: readonly string[], refused: { id: string; why: string }[]): Promise<Found[]> {
    const found: Found[] = [];
    for (const id of ids) {
      const one = await this.#find(id);
      if (one) found.push(one);
      else if (refused.length < refusalsMax) refused.push({ id, why: 'There is no such dead letter.' });
    }
    return found;
  }

  // Oldest first, and only what can be changed: letters of no living group would be found for ever.
  async #byFilter(filter: DeadLetterFilter, limit: number): Promise<Found[]> {
    const lists = await Promise.all(
      this.#partitions().map((partition) =>
        this.#scan(
          partition,
          { ...filter, state: 'open' },
          { oldestFirst: true, bodies: limit, from: '(0', counts: false },
        ),
      ),
    );
    return lists
      .flatMap(({ items }) => items)
      .toSorted((left, right) => left.position - right.position)
      .slice(0, limit);
  }

  async #redrive(found: Found, afterMs: number): Promise<unknown> {
    const now = this.#host.now();
    const dueAt = now + Math.round(afterMs);
    const { payload } = JSON.parse(found.letter.body) as Letter;
    const { event, group } = payload;
    const rank = priorities.findIndex((priority) => priority === event.priority);
    const lane = laneName(rank < 0 ? 2 : rank, event.channel, event.workspace_id ?? '');
    const letterChannel = `sys.dlq.${payload.reason}`;
    const expiresAt = Math.floor(found.position / 2_048) + this.#host.policyOf(letterChannel).retentionMs;
    const why = await this.#run(found.partition, 'change', [
      found.id,
      'redrive',
      this.#host.sessionId(),
      lane,
      event.ordering_key ?? '',
      JSON.stringify(event),
      dueAt,
      expiresAt,
    ]);
    if (why === '' && group !== null) this.#host.onRedriven(found.partition, group, dueAt);
    return why;
  }

  async #find(id: string): Promise<Found | null> {
    const likely = tagIn(id) % this.#host.partitions;
    for (const partition of [likely, ...this.#partitions().filter((other) => other !== likely)]) {
      const answer = (await this.#run(partition, 'get', [id])) as [string, string, string, string] | null;
      if (!answer) continue;
      const [position, state, settledAt, body] = answer;
      return { partition, id, position: Number(position), letter: toLetter(state, settledAt, body) };
    }
    return null;
  }

  // Reads on until enough bodies are found, and then only counts, where that is asked.
  async #scan(
    partition: number,
    { since, workspaceId, ...filter }: DeadLetterFilter,
    how: {
      readonly oldestFirst: boolean;
      readonly bodies: number;
      /** Where to begin, as Redis writes a bound. */
      readonly from: string;
      readonly counts: boolean;
    },
  ): Promise<{ items: Found[]; count: number }> {
    const wanted = JSON.stringify({
      ...filter,
      workspace: workspaceId,
      since: since === undefined ? undefined : typeof since === 'number' ? since : Date.parse(since),
    });
    const items: Found[] = [];
    let count = 0;
    let { from } = how;
    do {
      const [rows, next] = (await this.#run(partition, 'list', [
        wanted,
        from,
        how.oldestFirst ? 1 : 0,
        sliceMax,
        how.bodies - items.length,
      ])) as [string[], string];
      for (let at = 0; at + 4 < rows.length; at += 5) {
        count += 1;
        const body = rows[at + 4] ?? '';
        if (body === '' || items.length >= how.bodies) continue;
        const letter = toLetter(rows[at + 2] ?? '', rows[at + 3] ?? '', body);
        items.push({ partition, id: rows[at] ?? '', position: Number(rows[at + 1]), letter });
      }
      from = `(${next}`;
    } while (from !== '(' && (how.counts || items.length < how.bodies));
    return { items, count };
  }

  #run(
    partition: number,
    name: 'list' | 'get' | 'change',
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const host = this.#host;
    return host.connection().run(scripts[name], [host.keyOf(partition)], [Math.floor(host.now()), ...args]);
  }

  #partitions(): number[] {
    return Array.from({ length: this.#host.partitions }, (_, partition) => partition);
  }
}

/** Where a page ends. */
interface Place {
  readonly position: number;
  readonly id: string;
  /** What the first page counted. */
  readonly total: number;
}

function placeIn(cursor: string): Place {
  const [, position, total, id = ''] = /^(\d{1,16})\.(\d{1,16})\.(evt_[0-9a-f-]{36})$/u.exec(cursor) ?? [];
  if (id === '') throw foreignCursor();
  return { position: Number(position), total: Number(total), id };
}

// Positions tell partitions apart to the millisecond only; letters of the very same one have the order of their ids.
function isOlder(one: Pick<Place, 'position' | 'id'>, other: Pick<Place, 'position' | 'id'>): boolean {
  return one.position === other.position ? one.id < other.id : one.position < other.position;
}

interface Letter {
  readonly payload: {
    readonly group: string | null;
    readonly reason: string;
    readonly event: {
      readonly channel: string;
      readonly workspace_id?: string;
      readonly priority?: string;
      readonly ordering_key?: string;
    };
  };
}

function toLetter(state: string, settledAt: string, body: string): StoredDeadLetter {
  return {
    body,
    state: state as StoredDeadLetter['state'],
    settledAt: settledAt === '' ? null : Number(settledAt),
  };
}

function isIds(which: DeadLetterFilter | readonly string[]): which is readonly string[] {
  return Array.isArray(which);
}
