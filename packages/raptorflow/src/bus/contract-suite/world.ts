import { expect } from 'vitest';
import { invariant, type Logger, type Random } from '../../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../../kernel/testing/index.ts';
import type { Bus } from '../bus.ts';
import { createBus } from '../create-bus.ts';
import type { BusEngine } from '../engine.ts';
import type { BusEvent, EventDraft } from '../event.ts';
import type { HandlerContext } from '../handler.ts';
import type { BusDeps, BusOptions } from '../options.ts';

/** What a store can do, so that the suite knows what to ask of it. */
export interface EngineFeatures {
  /** Events survive that the engine is closed and opened again; `reopen` is given. */
  readonly durable: boolean;
  /** The suite can see what a crash would leave; `crash` is given. */
  readonly crashes: boolean;
}

/** One store under test. */
export interface EngineUnderTest {
  readonly engine: BusEngine;
  /** An engine on the same data, after the one before was closed. */
  reopen?(): BusEngine;
  /** An engine on what a `kill -9` at this moment would leave, while the one before still runs. */
  crash?(): BusEngine;
  /** Removes everything. Called after all engines were closed. */
  dispose(): Promise<void>;
}

/** A promise that the suite checks. */
export interface Behaviour {
  /** A sentence. */
  readonly title: string;
  readonly needs?: keyof EngineFeatures;
  run(world: World): Promise<void>;
}

/** One delivery that a test handler saw. */
export interface Seen {
  readonly event: BusEvent;
  readonly attempt: number;
}

/** A log line. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const patienceMs = 8_000;

/** The surroundings of one behaviour: a clock that stands still, a store of its own, and buses on it. */
export class World {
  readonly clock: FakeClock = createFakeClock();
  readonly log: LogLine[] = [];
  /** What full jitter draws; just below 1, so that waits are as long as they can be. */
  draw = 0.999_999;
  readonly #store: EngineUnderTest;
  readonly #buses: Bus[] = [];
  #engine: BusEngine | undefined;

  constructor(store: EngineUnderTest) {
    this.#store = store;
    this.#engine = store.engine;
  }

  /** A running bus. */
  async open(options: Partial<BusOptions> = {}, deps: BusDeps = {}): Promise<Bus> {
    const engine = this.#engine;
    invariant(engine, 'an engine serves one bus; use reopen or crash for another');
    this.#engine = undefined;
    const bus = createBus({ ...options, engine }, { ...this.#deps(), ...deps });
    this.#buses.push(bus);
    await bus.start();
    return bus;
  }

  /** The engine itself, for behaviours of the port. */
  engine(): BusEngine {
    const engine = this.#engine;
    invariant(engine, 'the engine is in use');
    this.#engine = undefined;
    return engine;
  }

  /** Stops the bus properly and opens another one on the same data. */
  async reopen(bus: Bus, options: Partial<BusOptions> = {}): Promise<Bus> {
    await this.stop(bus);
    this.#engine = this.#store.reopen?.();
    return this.open(options);
  }

  /** Opens a bus on what `kill -9` would have left now. */
  async crash(options: Partial<BusOptions> = {}): Promise<Bus> {
    this.#engine = this.#store.crash?.();
    return this.open(options);
  }

  /** Stops a bus although its clock stands still. */
  async stop(bus: Bus, deadlineMs = 1_000): Promise<void> {
    const progress = { stopped: false };
    const stopping = bus.stop({ deadlineMs }).finally(() => {
      progress.stopped = true;
    });
    while (!progress.stopped) await this.advance(100);
    await stopping;
  }

  async dispose(): Promise<void> {
    for (const bus of this.#buses) await this.stop(bus, 0).catch(() => undefined);
    await this.#store.dispose();
  }

  /** Moves time, a little at a time, so that the engine can answer in between. */
  async advance(durationMs: number): Promise<void> {
    await this.clock.advance(durationMs);
    await pause();
  }

  /** Waits, without moving time, until the condition holds. */
  async until(condition: () => boolean | Promise<boolean>, what = 'the condition'): Promise<void> {
    const giveUpAt = performance.now() + patienceMs;
    while (!(await condition())) {
      if (performance.now() > giveUpAt) expect.fail(`${what} did not come about`);
      await pause();
    }
  }

  /** Waits while moving time in small steps. */
  async untilLater(
    condition: () => boolean | Promise<boolean>,
    stepMs = 100,
    what = 'the condition',
  ): Promise<void> {
    await this.until(async () => {
      if (await condition()) return true;
      await this.advance(stepMs);
      return condition();
    }, what);
  }

  /** Lets everything that is under way arrive: what has not happened afterwards will not happen by itself. */
  async quiet(bus: Bus): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      await bus.health();
      await pause();
    }
  }

  /** A handler that keeps what it sees. `act` may fail or wait. */
  recorder(act: (seen: Seen, context: HandlerContext) => unknown = () => undefined): {
    readonly seen: Seen[];
    readonly handler: (event: BusEvent, context: HandlerContext) => unknown;
  } {
    const seen: Seen[] = [];
    return {
      seen,
      handler: (event, context) => {
        const entry = { event, attempt: context.attempt };
        seen.push(entry);
        return act(entry, context);
      },
    };
  }

  #deps(): BusDeps {
    const random: Random = {
      next: () => this.draw,
      bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    };
    return { clock: this.clock, random, log: collectingLogger(this.log) };
  }
}

/** A draft with a number for its payload. */
export function numbered(n: number, more: Partial<EventDraft> = {}): EventDraft {
  return { type: 'test.numbered', payload: { n }, ...more };
}

/** The numbers that were seen, in order. */
export function numbersOf(seen: readonly Seen[]): number[] {
  return seen.map(({ event }) => (event.payload as { n: number }).n);
}

/** A gate that a handler can wait at. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

async function pause(): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 1);
  });
}

function collectingLogger(lines: LogLine[]): Logger {
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      lines.push({ level, message, fields });
    };
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return logger;
}
