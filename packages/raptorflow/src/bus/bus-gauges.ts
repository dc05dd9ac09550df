import { z } from 'zod';
import {
  Lifecycle,
  parseOptions,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
  type Service,
  type Timer,
} from '../kernel/index.ts';
import type { Gauge, Meter } from '../metrics/index.ts';
import type { Bus } from './bus.ts';

/** How often the state of a bus is read; all optional. */
export interface BusGaugesOptions {
  /** Milliseconds between two looks; default 30,000. On Redis a look costs two commands for each partition. */
  readonly everyMs?: number;
}

/** What the gauges of a bus need. */
export interface BusGaugesDeps {
  readonly bus: Pick<Bus, 'health'>;
  readonly meter: Meter;
  readonly clock?: Clock;
  readonly log?: Logger;
}

const optionsSchema = z.strictObject({ everyMs: z.int().min(100).max(3_600_000).default(30_000) });

/**
 * Reads from time to time what no process can count by itself: the backlog of each group, open dead letters, events stored, and whether the bus is
 * well. What cannot be read keeps its last value, and `bus_healthy` says so. Throws `invalid_options`.
 */
export function createBusGauges(options: BusGaugesOptions, deps: BusGaugesDeps): Service {
  const { everyMs } = parseOptions('createBusGauges', optionsSchema, options);
  return new BusGauges(everyMs, deps);
}

class BusGauges implements Service {
  readonly #deps: BusGaugesDeps;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #everyMs: number;
  readonly #lifecycle: Lifecycle;
  readonly #gauges: ReturnType<typeof gaugesOf>;
  /** Groups that were there at the last look: one that is gone has no backlog. */
  #groups: ReadonlySet<string> = new Set();
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;

  constructor(everyMs: number, deps: BusGaugesDeps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    this.#log = deps.log ?? silentLogger;
    this.#everyMs = everyMs;
    this.#gauges = gaugesOf(deps.meter);
    this.#lifecycle = new Lifecycle('The gauges of the bus', {
      start: async () => this.#next(0),
      stop: async () => {
        this.#timer?.cancel();
        await this.#looking;
      },
    });
  }

  get state(): Service['state'] {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop();
  }

  #next(afterMs: number): void {
    this.#timer = this.#clock
      .setTimeout(() => {
        this.#looking = this.#look().finally(() => {
          if (this.state === 'running') this.#next(this.#everyMs);
        });
      }, afterMs)
      .unref();
  }

  async #look(): Promise<void> {
    const { lag, inFlight, oldestMs, deadLetters, events, bytes, healthy } = this.#gauges;
    try {
      const report = await this.#deps.bus.health();
      healthy.set(report.status === 'unhealthy' ? 0 : 1);
      if (report.status === 'unhealthy') return;
      for (const { name, lag: open, inFlight: inHand, oldestUnhandledMs } of report.groups) {
        lag.with({ group: name }).set(open);
        inFlight.with({ group: name }).set(inHand);
        oldestMs.with({ group: name }).set(oldestUnhandledMs ?? 0);
      }
      const groups = new Set(report.groups.map(({ name }) => name));
      for (const group of this.#groups.difference(groups)) {
        for (const gauge of [lag, inFlight, oldestMs]) gauge.with({ group }).set(0);
      }
      this.#groups = groups;
      for (const [reason, count] of Object.entries(report.deadLetters)) {
        deadLetters.with({ reason }).set(count);
      }
      if (report.events !== null) events.set(report.events);
      if (report.storedBytes !== null) bytes.set(report.storedBytes);
    } catch (error) {
      healthy.set(0);
      this.#log.debug('The state of the bus could not be read.', { error });
    }
  }
}

function gaugesOf(
  meter: Meter,
): Readonly<Record<'lag' | 'inFlight' | 'oldestMs' | 'deadLetters' | 'events' | 'bytes' | 'healthy', Gauge>> {
  const gauge = (name: string, unit: string, description: string): Gauge =>
    // Every process sees the same bus.
    meter.gauge({ name: `bus_${name}`, unit, description, category: 'reliability', merge: 'max' });
  return {
    lag: gauge('group_lag', 'events', 'Events that a group has not handled yet.'),
    inFlight: gauge('group_in_flight', 'events', 'Events of a group that are in the hands of its members.'),
    oldestMs: gauge('group_oldest_ms', 'ms', 'Age of the oldest event that a group has not handled.'),
    deadLetters: gauge('dead_letters_open', 'events', 'Dead letters that nobody has redriven or discarded.'),
    events: gauge('events_stored', 'events', 'Events that are kept.'),
    bytes: gauge('stored_bytes', 'bytes', 'What the events take in their store.'),
    healthy: gauge('healthy', '1', '1 while the store of the events answers, else 0.'),
  };
}
