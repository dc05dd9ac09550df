import { z } from 'zod';
import {
  Lifecycle,
  parseOptions,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
  type Service,
  type ServiceState,
  type Timer,
} from '../kernel/index.ts';
import type { Schedule } from './schedule.ts';

/** What is due now. */
export interface Occurrence {
  /** The moment of the schedule, epoch milliseconds; what happens for it is known by it. */
  readonly at: number;
  /** True when it is later than the tolerance, because the process slept, was stopped, or its clock was set forward. */
  readonly isLate: boolean;
  /** The first moment that this one stands for: earlier than `at` when several were missed. */
  readonly since: number;
}

/** Options of `createScheduleTimer`; all optional. */
export interface ScheduleTimerOptions {
  /**
   * What happens with moments that were missed: `run_once` – the last of them is told, for all; `skip` – none of them is told. Default `run_once`.
   */
  readonly missed?: 'run_once' | 'skip';
  /** How late a moment may be told without counting as missed, milliseconds. Default 60,000. */
  readonly toleranceMs?: number;
  /** Moments later than this are told, epoch milliseconds; those that are past by now count as missed. Default: now. */
  readonly afterMs?: number;
  /**
   * How long it waits at most before it looks at the clock again, milliseconds: so soon it notices that the machine slept or its clock was set.
   * Default 30,000.
   */
  readonly lookEveryMs?: number;
}

/** What a timer is given. */
export interface ScheduleTimerDeps {
  /** Told of each moment once, in their order, never before it. Must not throw and should not work long: it delays what comes after. */
  readonly run: (occurrence: Occurrence) => void;
  readonly clock?: Clock;
  readonly log?: Logger;
}

/** Tells when a schedule is due, from `start` to `stop`. */
export interface ScheduleTimer extends Service {
  /** The next moment, epoch milliseconds; null when there is none left. */
  readonly nextAt: number | null;
}

const optionsSchema = z.strictObject({
  missed: z.enum(['run_once', 'skip']).default('run_once'),
  toleranceMs: z.number().nonnegative().max(86_400_000).default(60_000),
  afterMs: z.number().min(0).max(8.64e15).optional(),
  lookEveryMs: z.number().min(1).max(86_400_000).default(30_000),
});

/** A clock that goes back further than this was wrong before: its word is taken. */
const backMsMax = 86_400_000;

/**
 * Builds a timer over a schedule. Each moment is computed from the schedule and the wall clock, so it cannot drift; a wait of any length is made of
 * short ones. A moment is told once even when the clock is set back by up to a day; when it is set back further, the schedule begins anew from
 * there. However much was missed, one moment is told at a time. It does not keep the process alive. Throws `invalid_options`.
 */
export function createScheduleTimer(
  schedule: Schedule,
  options: ScheduleTimerOptions,
  deps: ScheduleTimerDeps,
): ScheduleTimer {
  return new WallTimer(schedule, parseOptions('createScheduleTimer', optionsSchema, options), deps);
}

class WallTimer implements ScheduleTimer {
  readonly #schedule: Schedule;
  readonly #options: z.output<typeof optionsSchema>;
  readonly #run: (occurrence: Occurrence) => void;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #lifecycle = new Lifecycle('The timer of a schedule', {
    start: () => this.#begin(),
    stop: () => this.#timer?.cancel(),
  });
  #timer: Timer | undefined;
  /** Everything up to here is told or skipped. */
  #cursor = 0;
  #nextAt: number | null = null;

  constructor(schedule: Schedule, options: z.output<typeof optionsSchema>, deps: ScheduleTimerDeps) {
    this.#schedule = schedule;
    this.#options = options;
    this.#run = deps.run;
    this.#clock = deps.clock ?? systemClock;
    this.#log = deps.log ?? silentLogger;
  }

  get state(): ServiceState {
    return this.#lifecycle.state;
  }

  get nextAt(): number | null {
    return this.#nextAt;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop();
  }

  #begin(): void {
    this.#cursor = this.#options.afterMs ?? this.#clock.now();
    this.#nextAt = this.#schedule.next(this.#cursor);
    this.#arm();
  }

  #arm(): void {
    if (this.#nextAt === null) return;
    const waitMs = Math.min(Math.max(this.#nextAt - this.#clock.now(), 0), this.#options.lookEveryMs);
    this.#timer = this.#clock.setTimeout(() => this.#look(), Math.ceil(waitMs)).unref();
  }

  #look(): void {
    if (this.state !== 'running' && this.state !== 'starting') return;
    const now = this.#clock.now();
    if (now < this.#cursor - backMsMax) {
      this.#log.warn('The clock was set back by more than a day; the schedule goes on from there.', {
        from: this.#cursor,
        to: now,
      });
      this.#cursor = now;
      this.#nextAt = this.#schedule.next(now);
    }
    if (this.#nextAt !== null && this.#nextAt <= now) this.#tell(this.#nextAt, now);
    this.#arm();
  }

  #tell(since: number, now: number): void {
    const at = latestOf(this.#schedule, since, now);
    this.#cursor = at;
    this.#nextAt = this.#schedule.next(at);
    const isLate = now - at > this.#options.toleranceMs;
    if (isLate && this.#options.missed === 'skip') return;
    // With moments closer together than the tolerance, several of them are due at once only after a pause: one stands for all.
    this.#run(Object.freeze({ at, isLate, since }));
  }
}

/** The last moment of a schedule up to `now`, of which `first` is one. Takes some forty questions, however many moments lie between. */
function latestOf(schedule: Schedule, first: number, now: number): number {
  let latest = first;
  let next = schedule.next(latest);
  let high = now;
  while (next !== null && next <= now) {
    latest = next;
    // The half that still has a moment is kept; asking from its middle leaps over all that lie before.
    const middle = latest + (high - latest) / 2;
    const later = schedule.next(middle);
    if (later !== null && later <= now) latest = later;
    else high = middle;
    next = schedule.next(latest);
  }
  return latest;
}
