import { silentLogger, type Clock, type Logger } from '../kernel/index.ts';

const linesPerSecondMax = 20;

/**
 * What a registry tells about itself. While it is switched on, each drop, fold and slow collector is a line of the log, at most 20
 * in a second, with the number of those left out. While it is off, calls cost a comparison.
 */
export class Diagnosis {
  /** Recordings that fitted no metric: a name of another kind, a name that cannot be one, no room for a further metric. */
  misfits = 0;
  enabled = false;
  readonly #clock: Clock;
  readonly #log: Logger;
  #second = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  constructor(clock: Clock, logger: Logger | undefined) {
    this.#clock = clock;
    this.#log = (logger ?? silentLogger).child('metrics');
  }

  note(message: string, fields: Readonly<Record<string, unknown>>): void {
    if (!this.enabled) return;
    const second = Math.floor(this.#clock.monotonic() / 1_000);
    if (second !== this.#second) {
      if (this.#leftOut > 0) this.#say('Further lines were left out.', { lines: this.#leftOut });
      this.#second = second;
      this.#lines = 0;
      this.#leftOut = 0;
    }
    this.#lines += 1;
    if (this.#lines <= linesPerSecondMax) this.#say(message, fields);
    else this.#leftOut += 1;
  }

  misfit(name: unknown, reason: string): void {
    this.misfits += 1;
    this.note('A recording was dropped.', { metric: shown(name), reason });
  }

  /** A logger that fails must not make a recording throw. */
  #say(message: string, fields: Readonly<Record<string, unknown>>): void {
    try {
      this.#log.info(message, fields);
    } catch {
      this.enabled = false;
    }
  }
}

/** What the series of one metric share: the count of values that were refused. */
export class Drops {
  values = 0;
  readonly #metric: string;
  readonly #diagnosis: Diagnosis;

  constructor(metric: string, diagnosis: Diagnosis) {
    this.#metric = metric;
    this.#diagnosis = diagnosis;
  }

  /** Counts a value that was refused. */
  note(value: unknown, reason = 'no valid number'): void {
    this.values += 1;
    if (!this.#diagnosis.enabled) return;
    this.#diagnosis.note('A value was dropped.', { metric: this.#metric, value: shown(value), reason });
  }
}

/** Short and safe for a log, whatever a caller handed over. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 100);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}
