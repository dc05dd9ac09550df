import type { BoundCounter, BoundHistogram, Counter, Histogram, Meter } from '../metrics/index.ts';
import { splitType, type Priority } from './event.ts';
import type { BusMetrics, ChannelMetrics } from './report.ts';

/** Channels that are counted one by one; further ones count in the totals only. */
const countedChannelsMax = 10_000;
/** Series whose handles are kept. */
const handlesMax = 20_000;

type Kind = keyof ChannelMetrics;

type Tree = Map<string, Map<string, Map<string, BoundCounter>>>;

/** What is being counted. */
interface Subject {
  readonly channel: string;
  readonly type: string;
  readonly group: string | null;
}

const zero = (): Record<Kind, number> => ({
  published: 0,
  received: 0,
  acknowledged: 0,
  failed: 0,
  retried: 0,
  deadLettered: 0,
  expired: 0,
});

/** Counts what the bus does: in plain numbers for `bus.metrics()`, and as series for the meter. */
export class BusCounters {
  readonly #total = zero();
  readonly #channels = new Map<string, Record<Kind, number>>();
  readonly #byPriority: Record<Priority, number> = { critical: 0, high: 0, normal: 0, low: 0 };
  readonly #counters: Readonly<Record<Kind, Counter>>;
  // By kind, channel, type, and group or priority: to build one key out of these would cost more than to count.
  readonly #handles: Record<Kind, Tree> = {
    published: new Map(),
    received: new Map(),
    acknowledged: new Map(),
    failed: new Map(),
    retried: new Map(),
    deadLettered: new Map(),
    expired: new Map(),
  };
  #handleCount = 0;
  readonly #publishMs: Histogram;
  readonly #deliveryMs: Histogram;
  readonly #deliveryHandles = new Map<string, BoundHistogram>();
  #deduplicated = 0;

  constructor(meter: Meter) {
    const counter = (name: string, description: string): Counter =>
      meter.counter({ name: `bus_${name}`, unit: 'events', description, category: 'reliability' });
    this.#counters = {
      published: counter('events_published', 'Events that publishers got an id for.'),
      received: counter('events_delivered', 'Deliveries to handlers, repeated ones included.'),
      acknowledged: counter('events_acknowledged', 'Deliveries that a handler finished without an error.'),
      failed: counter('attempts_failed', 'Attempts at handling that failed.'),
      retried: counter('attempts_retried', 'Failed attempts that were scheduled again.'),
      deadLettered: counter('events_dead_lettered', 'Events that were given up.'),
      expired: counter('events_expired', 'Events that expired before a group had handled them.'),
    };
    this.#publishMs = meter.histogram({
      name: 'bus_publish_ms',
      unit: 'ms',
      description: 'Time from publish until the event is durable.',
      category: 'performance',
    });
    this.#deliveryMs = meter.histogram({
      name: 'bus_delivery_ms',
      unit: 'ms',
      description: 'Time from publish until the first handler begins.',
      category: 'performance',
    });
  }

  published(subject: Subject, priority: Priority, tookMs: number): void {
    this.#byPriority[priority] += 1;
    this.#count('published', subject.channel, 1);
    this.#handle('published', subject, priority).add();
    this.#publishMs.record(tookMs);
  }

  deduplicated(count: number): void {
    this.#deduplicated += count;
  }

  /** `waitedMs`: since the event was published, for a first attempt. */
  received(subject: Subject, waitedMs: number | null): void {
    this.count('received', subject);
    if (waitedMs === null) return;
    const key = subject.group ?? '';
    let handle = this.#deliveryHandles.get(key);
    if (!handle) {
      handle = this.#deliveryMs.with({ group: key === '' ? 'live' : key });
      if (this.#deliveryHandles.size < handlesMax) this.#deliveryHandles.set(key, handle);
    }
    handle.record(Math.max(0, waitedMs));
  }

  count(kind: Exclude<Kind, 'published'>, subject: Subject, amount = 1): void {
    this.#count(kind, subject.channel, amount);
    this.#handle(kind, subject, null).add(amount);
  }

  channel(name: string): ChannelMetrics {
    return { ...(this.#channels.get(name) ?? zero()) };
  }

  total(): Omit<BusMetrics, 'isConnected' | 'activeSubscriptions'> {
    return { ...this.#total, publishedByPriority: { ...this.#byPriority }, deduplicated: this.#deduplicated };
  }

  #count(kind: Kind, channel: string, amount: number): void {
    this.#total[kind] += amount;
    let counts = this.#channels.get(channel);
    if (!counts) {
      if (this.#channels.size >= countedChannelsMax) return;
      counts = zero();
      this.#channels.set(channel, counts);
    }
    counts[kind] += amount;
  }

  #handle(kind: Kind, { channel, type, group }: Subject, priority: Priority | null): BoundCounter {
    // Only publishing has a priority, and it has no group.
    const last = priority ?? group ?? '';
    const byType = this.#handles[kind].get(channel);
    const byLast = byType?.get(type);
    const known = byLast?.get(last);
    if (known) return known;
    const tags: Record<string, string> = { channel };
    if (type !== '') tags['type'] = splitType(type).base;
    if (group !== null) tags['group'] = group;
    if (priority !== null) tags['priority'] = priority;
    const handle = this.#counters[kind].with(tags);
    if (this.#handleCount >= handlesMax) return handle;
    this.#handleCount += 1;
    if (byLast) byLast.set(last, handle);
    else if (byType) byType.set(type, new Map([[last, handle]]));
    else this.#handles[kind].set(channel, new Map([[type, new Map([[last, handle]])]]));
    return handle;
  }
}
