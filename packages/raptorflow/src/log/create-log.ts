import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { Lifecycle, maskSecrets, parseOptions, systemClock, type Clock } from '../kernel/index.ts';
import { describeException } from './exception-text.ts';
import { Feed, type FollowOptions } from './feed.ts';
import { checkFollowOptions } from './follow-options.ts';
import { levelRanks, type RaptorLogLevel } from './level.ts';
import { isUnruly, linesOf, Stamps } from './line.ts';
import { LogFile } from './log-file.ts';
import { LogWriter } from './log-writer.ts';
import type { RaptorLog, RaptorLogReport, RaptorLogTrouble } from './log.ts';
import { raptorLogOptionsSchema, type RaptorLogOptions, type ResolvedRaptorLogOptions } from './options.ts';
import { describeSample, PerformanceSummary, type PerformanceSample } from './performance-lines.ts';
import { SourceMaps } from './source-maps.ts';
import { checkTailQuery, snapshotOf, tailOf, type TailQuery } from './tail.ts';

/** What a log needs from outside. */
export interface RaptorLogDeps {
  readonly clock?: Clock;
  /** Takes whole lines that cannot go to the file; lines for which it throws count as dropped. Default: standard error. */
  readonly fallback?: (lines: Uint8Array) => void;
}

/** Builds the log of Raptor Mini. Nothing is opened before `start`, which does not fail for a file that cannot be written. Throws `invalid_options`. */
export function createRaptorLog(options: RaptorLogOptions, deps: RaptorLogDeps = {}): RaptorLog {
  const log = new LogParts(parse(options), deps);
  const { lifecycle } = log;
  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (stopOptions) => lifecycle.stop(stopOptions),
    debug: (message) => log.say('DEBUG', message),
    info: (message) => log.say('INFO', message),
    warning: (message) => log.say('WARNING', message),
    error: (message) => log.say('ERROR', message),
    exception: (error, context = {}) => log.say('ERROR', describeException(error, context, log.maps)),
    perf: (sample) => log.perf(sample),
    online: () => log.say('INFO', 'RAPTOR MINI ONLINE'),
    offline: () => log.offline(),
    flush: () => log.writer.flush(),
    configure: (next) => log.configure(parse(next)),
    report: () => log.report(),
    tail: (query) => log.tail(query),
    follow: (followOptions) => log.follow(followOptions ?? {}),
  };
}

function parse(options: RaptorLogOptions): ResolvedRaptorLogOptions {
  return parseOptions('createRaptorLog', raptorLogOptionsSchema, options);
}

const standardErrorBytesMax = 1 << 20;

/** The parts of a log and how they work together. */
class LogParts {
  readonly lifecycle: Lifecycle;
  readonly writer: LogWriter;
  readonly maps: SourceMaps = new SourceMaps();
  readonly #clock: Clock;
  readonly #fallback: (lines: Uint8Array) => void;
  readonly #file: LogFile;
  readonly #feed: Feed = new Feed();
  readonly #summary: PerformanceSummary;
  readonly #stamps: Stamps = new Stamps();
  readonly #onExit: () => void = () => this.#writeAll();
  #options: ResolvedRaptorLogOptions;
  #rank: number;
  /** The beginning of lines of the present millisecond. */
  #stamp = '';
  #stampAt = Number.NaN;
  #diverted = 0;
  #dropped = 0;
  #trouble: RaptorLogTrouble | null = null;

  constructor(options: ResolvedRaptorLogOptions, deps: RaptorLogDeps) {
    this.#options = options;
    this.#rank = levelRanks[options.level];
    this.#clock = deps.clock ?? systemClock;
    this.#fallback = deps.fallback ?? writeToStandardError;
    this.#summary = new PerformanceSummary(this.#clock);
    this.#file = new LogFile(options, {
      clock: this.#clock,
      divert: (bytes, lines) => this.#divert(bytes, lines),
      onAway: (error) => this.#warnAway(error),
      describeGap: (lines, since) => this.#describeGap(lines, since),
      onTrouble: (error) => this.#noteTrouble(error),
    });
    this.writer = new LogWriter(this.#file, this.#feed, this.#clock, options);
    this.lifecycle = new Lifecycle('The log', {
      start: () => this.#start(),
      stop: ({ deadlineMs }) => this.#stop(deadlineMs),
    });
  }

  say(level: RaptorLogLevel, message: string): void {
    if (levelRanks[level] < this.#rank) return;
    const now = this.#clock.now();
    if (now !== this.#stampAt) {
      this.#stamp = this.#stamps.of(now);
      this.#stampAt = now;
    }
    // Callers without types pass what they have, and a log does not throw.
    const text = typeof message === 'string' ? message : inspect(message, { depth: 1, customInspect: false });
    if (!isUnruly(text)) {
      this.writer.add(`${this.#stamp} ${level} ${text}`);
      return;
    }
    // Some secrets, such as private keys, have several lines.
    const [first = '', ...more] = linesOf(maskSecrets(text));
    this.writer.add(`${this.#stamp} ${level} ${first}`);
    for (const line of more) this.writer.add(line);
  }

  perf(sample: PerformanceSample): void {
    const message = this.#options.everySample ? describeSample(sample) : this.#summary.add(sample);
    if (message !== null) this.say('INFO', message);
  }

  offline(): void {
    this.#sayRest();
    this.say('INFO', 'RAPTOR MINI OFFLINE');
  }

  configure(options: ResolvedRaptorLogOptions): void {
    this.writer.flushSync();
    this.#options = options;
    this.#rank = levelRanks[options.level];
    this.#file.configure(options);
    this.writer.pace = options;
  }

  report(): RaptorLogReport {
    return {
      file: this.#options.file,
      lines: this.writer.lines,
      bytes: this.#file.bytesWritten,
      diverted: this.#diverted,
      dropped: this.#dropped,
      rotations: this.#file.rotations,
      followers: this.#feed.followers,
      writing: this.#file.isOpen,
      lastTrouble: this.#trouble,
    };
  }

  async tail(query: TailQuery): Promise<string> {
    const checked = checkTailQuery(query);
    if (this.lifecycle.state === 'running') await this.writer.flush();
    return tailOf(snapshotOf(this.#options.file), checked);
  }

  follow(options: FollowOptions): ReturnType<RaptorLog['follow']> {
    checkFollowOptions(options);
    const { last = 0 } = options;
    // Lines are either in the file now or come later: none is missing and none comes twice.
    if (this.lifecycle.state === 'running') this.writer.flushSync();
    const before = last === 0 ? null : this.#lastLines(last);
    return this.#feed.follow(options, before);
  }

  #lastLines(lines: number): Promise<string[]> {
    const reading = tailOf(snapshotOf(this.#options.file), { lines });
    return reading.then((text) => (text === '' ? [] : text.replace(/\n$/, '').split('\n')));
  }

  #start(): void {
    this.#file.open();
    this.writer.start();
    process.on('exit', this.#onExit);
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#sayRest();
    await this.writer.stop();
    this.#feed.close();
    await this.#file.close(deadlineMs);
    process.off('exit', this.#onExit);
  }

  #writeAll(): void {
    this.#sayRest();
    this.writer.flushSync();
  }

  #sayRest(): void {
    const message = this.#summary.take();
    if (message !== null) this.say('INFO', message);
  }

  #divert(bytes: Uint8Array, lines: number): void {
    try {
      this.#fallback(bytes);
      this.#diverted += lines;
    } catch {
      this.#dropped += lines;
    }
  }

  #warnAway(error: unknown): void {
    const { message } = this.#noteTrouble(error);
    const where = this.#options.file;
    const text = `RAPTOR LOG: ${where} cannot be written (${message}); lines go to standard error until it can.`;
    try {
      this.#fallback(Buffer.from(`${this.#stamps.of(this.#clock.now())} WARNING ${text}\n`));
    } catch {
      // Then nobody can be told; the report knows.
    }
  }

  #describeGap(lines: number, since: number): Uint8Array {
    const text = `RAPTOR LOG: ${lines} lines since ${this.#stamps.of(since)} went to standard error (${this.#trouble?.message})`;
    return Buffer.from(`${this.#stamps.of(this.#clock.now())} WARNING ${text}\n`);
  }

  #noteTrouble(error: unknown): RaptorLogTrouble {
    const { code, message } = error as NodeJS.ErrnoException;
    this.#trouble = { code: code ?? 'unknown', message: message ?? String(error), at: this.#clock.now() };
    return this.#trouble;
  }
}

function writeToStandardError(lines: Uint8Array): void {
  let written = 0;
  try {
    while (written < lines.length) written += writeSync(2, lines, written);
  } catch (error) {
    // Its reader is slow: Node waits for it, as long as that is not too much.
    const waiting = process.stderr.writableLength;
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || waiting > standardErrorBytesMax) throw error;
    process.stderr.write(lines.subarray(written));
  }
}
