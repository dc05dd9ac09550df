import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

/*
 * A program that publishes and consumes on Redis without the library: it uses ioredis and what docs/reference/redis-wire.md says, and nothing else.
 */

const partitions = 16;

/** An event in the stranger's hands. */
export interface Held {
  readonly id: string;
  readonly partition: number;
  readonly record: string;
  readonly workspace: string;
  readonly fence: number;
  readonly key: string;
}

/** The full name of a procedure in the library that our processes have loaded. */
export async function procedureName(client: Redis, procedure: string): Promise<string> {
  const libraries = (await client.call('function', 'list', 'libraryname', 'raptorflow_*')) as unknown[][];
  const names = libraries.map((library) => String(library[library.indexOf('library_name') + 1]));
  return `${names.find((name) => !name.startsWith('raptorflow_polling_'))}_${procedure}`;
}

function tagOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return ((hash >>> 24) ^ (hash >>> 16) ^ (hash >>> 8) ^ hash) & 0xff;
}

function newId(now: number, tag: number): string {
  const time = now.toString(16).padStart(12, '0');
  const random = randomBytes(9).toString('hex');
  const tail = `${random.slice(6, 16)}${tag.toString(16).padStart(2, '0')}`;
  return `evt_${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${tail}`;
}

/** One process of another kind. */
export class Stranger {
  readonly #client: Redis;
  readonly #prefix: string;
  readonly #session: string;
  readonly #left = new Map<string, Held[]>();
  readonly #known = new Set<number>();
  #claims = 0;
  #beaten = 0;
  #beating: NodeJS.Timeout | undefined;

  private constructor(client: Redis, prefix: string, session: string) {
    this.#client = client;
    this.#prefix = prefix;
    this.#session = session;
  }

  /** Registers a session and beats for it. */
  static async arrive(url: string, prefix: string): Promise<Stranger> {
    const session = `ses_${randomUUID()}`;
    const client = new Redis(url, { connectionName: session });
    const stranger = new Stranger(client, prefix, session);
    const keys = ['beats', 'idle', 'wakes'].map((name) => `{${prefix}}:${name}`);
    const answer = (await stranger.#run('beginSession', keys, [session, 'subscribing', 0])) as string[];
    stranger.#beaten = Number(answer[1]);
    stranger.#beating = setInterval(() => void stranger.#beat().catch(() => undefined), 1_000);
    return stranger;
  }

  async publish(channel: string, workspace: string, payload: unknown): Promise<string> {
    const now = Date.now();
    const tag = tagOf(workspace);
    const id = newId(now, tag);
    const body = JSON.stringify({
      id,
      type: 'task.created',
      channel,
      workspace_id: workspace,
      priority: 'normal',
      request_id: id,
      hops: 0,
      timestamp: new Date(now).toISOString(),
      version: 1,
      payload,
    });
    const kind = [channel, workspace, 2, 3_600_000, -1, -1];
    const args = [now, '-', 10_000, 0, 0, 0, 1, ...kind, 1, 1, now, 1, id.slice(19), body, 0, 0];
    await this.#run('turn', [this.#keyOf(tag % partitions)], args);
    return id;
  }

  async join(group: string, pattern: string): Promise<void> {
    const definition = JSON.stringify({ def: JSON.stringify([pattern, null, false]), pattern });
    const globals = [`{${this.#prefix}}:members`, `{${this.#prefix}}:groups`];
    await this.#run('joinGroup', globals, [`${this.#session}|m1`, group, definition, Date.now(), 0]);
    for (let partition = 0; partition < partitions; partition += 1) {
      await this.#run('define', [this.#keyOf(partition)], [Date.now(), group, definition, 'end', 0]);
    }
  }

  /** Takes up to so many events, partition by partition. */
  async claimAll(group: string, want: number): Promise<Held[]> {
    const all: Held[] = [];
    for (let partition = 0; partition < partitions && all.length < want; partition += 1) {
      this.#claims += 1;
      const record = `${group}|m1.${this.#claims}`;
      // Its connection never breaks: there is one generation.
      const generation = this.#known.has(partition) ? '0' : '+0';
      this.#known.add(partition);
      const claim = [group, record, want - all.length, 0, 0, ''];
      const args = [Date.now(), this.#session, generation, 10_000, 0, 0, 0, 0, 0, 0, 1, ...claim];
      const answer = (await this.#run('turn', [this.#keyOf(partition)], args)) as unknown[];
      const [base, , , items] = answer[3] as [string, string, string, string[] | ''];
      const held: Held[] = [];
      for (let at = 0; at + 1 < items.length; at += 2) {
        const { id, workspace_id: workspace } = JSON.parse(items[at + 1] ?? '') as Record<string, string>;
        const fence = Number(base) + at / 2 + 1;
        held.push({ id: `${id}`, partition, record, workspace: `${workspace}`, fence, key: items[at] ?? '' });
      }
      this.#left.set(`${partition} ${record}`, held);
      all.push(...held);
    }
    return all;
  }

  async begin(events: readonly Held[]): Promise<void> {
    for (const { partition, workspace, fence } of events) {
      await this.#client.hset(this.#sessionKey(partition), `bm1|${workspace}`, fence);
    }
  }

  async acknowledge(events: readonly Held[]): Promise<void> {
    for (const { partition, record, id } of events) {
      const left = (this.#left.get(`${partition} ${record}`) ?? []).filter((one) => one.id !== id);
      this.#left.set(`${partition} ${record}`, left);
      const value = left.length === 0 ? '' : JSON.stringify(left.map(({ fence, key }) => [fence, key]));
      const args = [Date.now(), this.#session, '0', 10_000, 0, 0, 1, record, value, 0, 0, 0, 0];
      await this.#run('settle', [this.#keyOf(partition)], args);
    }
  }

  /** Dies without a word. */
  vanish(): void {
    clearInterval(this.#beating);
    this.#client.disconnect();
  }

  async #beat(): Promise<void> {
    const further = Date.now() - this.#beaten;
    this.#beaten = await this.#client.hincrby(`{${this.#prefix}}:beats`, this.#session, further);
  }

  async #run(
    procedure: string,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const name = await procedureName(this.#client, procedure);
    return this.#client.call('fcall', name, keys.length, ...keys, ...args);
  }

  #keyOf(partition: number): string {
    return `{${this.#prefix}:${partition}}:`;
  }

  #sessionKey(partition: number): string {
    return `${this.#keyOf(partition)}s:${this.#session}`;
  }
}
