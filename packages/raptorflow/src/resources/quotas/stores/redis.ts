import { z } from 'zod';
import { parseOptions, RaptorFlowError, type Timer } from '../../../kernel/index.ts';
import {
  openRedisLink,
  redisLinkShape,
  type RedisCommand,
  type RedisLink,
  type RedisLinkOptions,
} from '../../../storage/index.ts';
import type { Counter, Raise } from '../counter.ts';
import { quotaKey, type QuotaDefinition } from '../definition.ts';
import type { QuotaRecord } from '../record.ts';
import type { CounterReading, QuotaStore, QuotaStoreHost, Taken, Taking } from '../store.ts';
import type { SlotTaken } from './redis-batch.ts';
import { runScript, ServerTime } from './redis-calls.ts';
import { Share, type Reservation } from './redis-share.ts';
import { scripts } from './redis-scripts.ts';
import { Slot } from './redis-slot.ts';

/** Where quotas on Redis lie. */
export interface RedisQuotaStoreOptions extends RedisLinkOptions {
  /** What all keys begin with, inside their hash tag. Several installations can share a server under different prefixes. Default `quotas`. */
  readonly prefix?: string;
}

const optionsSchema = z
  .strictObject({
    ...redisLinkShape,
    prefix: z
      .string()
      .regex(/^[\w.:-]{1,100}$/u, 'may hold 1 to 100 letters, digits and _ . : -')
      .default('quotas'),
  })
  .refine(
    ({ url, sentinels, cluster }) => url !== undefined || sentinels !== undefined || cluster !== undefined,
    'needs a url, sentinels or cluster nodes',
  );

/** Renewals within the time of a lease. */
const renewalsOfALease = 3;
/** A share that was not used for so long goes back. */
const shareRestMs = 1_000;

interface ShareLease {
  readonly share: Share;
  readonly reservation: Reservation;
}

/** Under which leases something is held. */
interface Lease {
  readonly slot: Slot | null;
  readonly generation: number;
  /** For each counter of everybody, by its key. */
  readonly shares: ReadonlyMap<string, ShareLease> | null;
}

/**
 * Counts in Redis (6.2 or later) or Valkey, for any number of processes, a cluster included: the counters of one workspace in one slot, exactly, on the
 * server's clock. Counters of everybody are leased to processes in shares. What Redis itself keeps over a crash is up to its appendonly setting.
 * Throws `invalid_options`.
 */
export function redisQuotaStore(options: RedisQuotaStoreOptions): QuotaStore {
  const { prefix, ...place } = parseOptions('redisQuotaStore', optionsSchema, options);
  return new RedisQuotaStore(prefix, place as RedisLinkOptions);
}

class RedisQuotaStore implements QuotaStore {
  readonly isShared = true;
  readonly #prefix: string;
  readonly #place: RedisLinkOptions;
  #link: RedisLink | undefined;
  #host: QuotaStoreHost | undefined;
  #time: ServerTime | undefined;
  #timers: readonly Timer[] = [];
  readonly #slots = new Map<string, Slot>();
  readonly #shares = new Map<string, Share>();

  constructor(prefix: string, place: RedisLinkOptions) {
    this.#prefix = prefix;
    this.#place = place;
  }

  async open(host: QuotaStoreHost): Promise<void> {
    const link = await openRedisLink(this.#place);
    this.#time = new ServerTime(() => host.clock.monotonic(), host.clock.now());
    this.#host = host;
    this.#link = link;
    const renew = host.clock.setInterval(() => this.#renew(), host.leaseMs / renewalsOfALease);
    const rest = host.clock.setInterval(() => this.#rest(), shareRestMs);
    this.#timers = [renew.unref(), rest.unref()];
  }

  async close(): Promise<void> {
    const link = this.#link;
    if (!link) return;
    for (const timer of this.#timers) timer.cancel();
    // Redis may be away; then what is held comes back with the lease.
    await Promise.allSettled([...this.#slots.values(), ...this.#shares.values()].map((each) => each.leave()));
    this.#link = undefined;
    this.#slots.clear();
    this.#shares.clear();
    link.close();
  }

  async definitions(): Promise<readonly QuotaDefinition[]> {
    const place = this.#roomKey('definitions');
    const [found] = await this.#linked().send([['hgetall', place]]);
    const byKey = new Map<string, QuotaDefinition>();
    const moves: RedisCommand[] = [];
    // The client makes an object of a hash.
    for (const [field, text] of Object.entries(found as Readonly<Record<string, Buffer>>)) {
      const quota = JSON.parse(text.toString()) as QuotaDefinition;
      const key = quotaKey(quota);
      if (key !== field) {
        // Ids were unique among all workspaces once, and were the names of fields.
        moves.push(['hsetnx', place, key, text], ['hdel', place, field]);
      }
      if (key === field || !byKey.has(key)) byKey.set(key, quota);
    }
    if (moves.length > 0) await this.#linked().transact(moves);
    return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, quota]) => quota);
  }

  async define(quota: QuotaDefinition): Promise<void> {
    const place = this.#roomKey('definitions');
    await this.#linked().send([['hset', place, quotaKey(quota), JSON.stringify(quota)]]);
  }

  async remove(key: string): Promise<void> {
    await this.#linked().send([['hdel', this.#roomKey('definitions'), key]]);
  }

  take(taking: Taking): Taken | Promise<Taken> {
    this.#linked();
    if (taking.counters.every(isOfAWorkspace)) {
      const slot = this.#slotOf(taking.counters);
      if (!slot) return { refusedBy: -1, usage: [], limits: [], raises: [], lease: null };
      const { counters, amount, maxima } = taking;
      return slot.take({ counters, amount, maxima, want: 0, spare: 0 });
    }
    return this.#takeShared(taking);
  }

  async give(counters: readonly Counter[], amount: number, lease: unknown): Promise<void> {
    const held = lease as Lease | null;
    if (!held) return;
    const giving: Promise<void>[] = [];
    for (const { key, isHeld, workspaceId } of counters) {
      if (!isHeld) continue;
      if (workspaceId === null) {
        const reserved = held.shares?.get(key);
        reserved?.share.putBack(amount, reserved.reservation);
      } else if (held.slot) giving.push(held.slot.give(key, amount, held.generation));
    }
    await Promise.all(giving);
  }

  async read(counters: readonly Counter[]): Promise<readonly CounterReading[]> {
    this.#linked();
    const bySlot = Map.groupBy(counters, ({ workspaceId }) => workspaceId);
    const readings = new Map<Counter, CounterReading>();
    await Promise.all(
      [...bySlot].map(async ([workspaceId, some]) => {
        const found =
          workspaceId === null
            ? await Promise.all(some.map((counter) => this.#shareOf(counter).read()))
            : await this.#slotOf(some)?.read(some);
        for (const [place, counter] of some.entries()) {
          readings.set(counter, found?.[place] ?? { used: 0, limit: counter.limit });
        }
      }),
    );
    return counters.map((counter) => readings.get(counter) ?? { used: 0, limit: counter.limit });
  }

  async note(records: readonly QuotaRecord[]): Promise<void> {
    const keys = [this.#roomKey('records'), this.#roomKey('records-order')];
    const args = records.flatMap((record) => [record.body.id, record.body.at, JSON.stringify(record)]);
    await runScript(this.#linked(), scripts.note, keys, [this.#host?.recordsMax ?? 0, ...args]);
  }

  async records(): Promise<readonly QuotaRecord[]> {
    const [order] = await this.#linked().send([['zrange', this.#roomKey('records-order'), 0, -1]]);
    const ids = (order as Buffer[]).map(String);
    if (ids.length === 0) return [];
    const [texts] = await this.#linked().send([['hmget', this.#roomKey('records'), ...ids]]);
    return parsed<QuotaRecord>(texts);
  }

  /** First all shares, then the counters of the workspace; what was reserved goes back when one of them refuses or fails. */
  async #takeShared({ counters, amount, maxima }: Taking): Promise<Taken> {
    const usage = counters.map(() => 0);
    const limits = counters.map(({ limit }) => limit);
    const raises: Raise[] = [];
    const shares = new Map<string, ShareLease>();
    const undo = (): void => {
      for (const { share, reservation } of shares.values()) share.putBack(amount, reservation);
    };
    for (const [place, counter] of counters.entries()) {
      if (counter.workspaceId !== null) continue;
      const share = this.#shareOf(counter);
      const reservation = await orUndo(undo, share.reserve(counter, amount, maxima[place] ?? counter.limit));
      usage[place] = reservation.usage;
      limits[place] = reservation.limit;
      raises.push(...reservation.raises);
      if (!reservation.isGranted) {
        undo();
        return { refusedBy: place, usage, limits, raises, lease: null };
      }
      shares.set(counter.key, { share, reservation });
    }
    const own = counters.filter(({ workspaceId }) => workspaceId !== null);
    const slot = this.#slotOf(own);
    if (!slot) return { refusedBy: -1, usage, limits, raises, lease: { slot: null, generation: 0, shares } };
    const ownMaxima = maxima.filter((_, place) => counters[place]?.workspaceId !== null);
    const asked = { counters: own, maxima: ownMaxima, amount, want: 0, spare: 0 };
    const taken = await orUndo(undo, slot.take(asked));
    const refused = own[taken.refusedBy];
    if (refused) undo();
    for (const [at, counter] of own.entries()) {
      const place = counters.indexOf(counter);
      usage[place] = taken.usage[at] ?? 0;
      limits[place] = taken.limits[at] ?? counter.limit;
    }
    return {
      refusedBy: refused ? counters.indexOf(refused) : -1,
      usage,
      limits,
      raises: [...raises, ...taken.raises],
      lease: { slot, generation: taken.generation, shares } satisfies Lease,
    };
  }

  #renew(): void {
    for (const [name, slot] of this.#slots) {
      if (slot.isIdle) this.#slots.delete(name);
      else slot.renew();
    }
    for (const share of this.#shares.values()) share.renew();
  }

  #rest(): void {
    for (const [key, share] of this.#shares) {
      share.rest();
      if (share.isIdle) this.#shares.delete(key);
    }
  }

  #slotOf([counter]: readonly Counter[]): Slot | null {
    if (!counter) return null;
    const name = encodeURIComponent(counter.workspaceId ?? '');
    let slot = this.#slots.get(name);
    if (!slot) this.#slots.set(name, (slot = this.#openSlot(`w:${name}`)));
    return slot;
  }

  #shareOf(counter: Counter): Share {
    let share = this.#shares.get(counter.key);
    if (!share) {
      share = new Share(this.#openSlot(`g:${counter.key}`), this.#timed(), counter);
      this.#shares.set(counter.key, share);
    }
    return share;
  }

  #openSlot(name: string): Slot {
    const host = this.#opened();
    const { holder, leaseMs } = host;
    const onLeaseLost = (counters: readonly string[]): void => host.onLeaseLost(counters);
    const slotHost = { link: this.#linked(), holder, leaseMs, time: this.#timed(), onLeaseLost };
    return new Slot(slotHost, `{${this.#prefix}:${name}}:`);
  }

  #roomKey(name: string): string {
    return `{${this.#prefix}}:${name}`;
  }

  #timed(): ServerTime {
    if (this.#time) return this.#time;
    throw notOpen();
  }

  #opened(): QuotaStoreHost {
    if (this.#host) return this.#host;
    throw notOpen();
  }

  #linked(): RedisLink {
    if (this.#link) return this.#link;
    throw notOpen();
  }
}

function isOfAWorkspace({ workspaceId }: Counter): boolean {
  return workspaceId !== null;
}

async function orUndo<Result extends Reservation | SlotTaken>(
  undo: () => void,
  asked: Result | Promise<Result>,
): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    undo();
    throw error;
  }
}

function parsed<Body>(texts: unknown): Body[] {
  return (texts as (Buffer | null)[]).flatMap((text) =>
    text === null ? [] : [JSON.parse(text.toString()) as Body],
  );
}

function notOpen(): RaptorFlowError {
  return new RaptorFlowError('unavailable', 'The store of quotas is not open.');
}
