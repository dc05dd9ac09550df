import { maskSecrets, maySecretsBeIn, type Clock, type Timer } from '../kernel/index.ts';
import type { Feed } from './feed.ts';
import type { LogFile } from './log-file.ts';

/** Bytes of so many characters are written at once, however soon they come together. */
const chunkCharacters = 65_536;

/** When lines go to the file. */
export interface LogPace {
  readonly flushEveryMs: number;
  readonly bufferBytesMax: number;
}

/**
 * Lines on their way to the file: they wait until there are many or `flushEveryMs` has passed, are masked, given to the followers and written in
 * order. When more would wait than the buffer takes, the program waits for the file instead.
 */
export class LogWriter {
  readonly #file: LogFile;
  readonly #feed: Feed;
  readonly #clock: Clock;
  #pace: LogPace;
  #waiting: string[] = [];
  #characters = 0;
  /** How many of the waiting lines are masked, and known to the followers. */
  #told = 0;
  #lines = 0;
  #timer: Timer | undefined;
  #feeding: NodeJS.Immediate | undefined;
  #draining: Promise<void> | undefined;
  #phase: 'before' | 'running' | 'after' = 'before';

  constructor(file: LogFile, feed: Feed, clock: Clock, pace: LogPace) {
    this.#file = file;
    this.#feed = feed;
    this.#clock = clock;
    this.#pace = pace;
  }

  /** Lines that it was given. */
  get lines(): number {
    return this.#lines;
  }

  set pace(pace: LogPace) {
    this.#pace = pace;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** Lines go to the file from now on. */
  start(): void {
    this.#phase = 'running';
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** Takes one line, without its end. */
  add(line: string): void {
    this.#waiting.push(line);
    this.#lines += 1;
    this.#characters += line.length + 1;
    if (this.#timer === undefined) this.#schedule();
    if (this.#feed.followers > 0) this.#feeding ??= setImmediate(() => this.#feedNow());
    if (this.#characters * 2 >= this.#pace.bufferBytesMax || this.#phase === 'after') this.flushSync();
    else if (
      this.#characters >= chunkCharacters &&
      this.#draining === undefined &&
      this.#phase === 'running'
    ) {
      void this.#drain();
    }
  }

  /** Resolves when everything that was added before is in the file, or where lines go that find no room there. */
  async flush(): Promise<void> {
    await this.#draining;
    if (this.#waiting.length > 0 || this.#draining !== undefined) await this.#drain();
  }

  /** The same, before it returns. */
  flushSync(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting.length > 0 || this.#file.isBusy) this.#file.writeSync(this.#seal());
  }

  /** Writes what waits and leaves no timer behind. Lines that come later are written, or diverted, one by one. */
  async stop(): Promise<void> {
    await this.flush();
    this.#phase = 'after';
    // What came while the last lines were on their way.
    this.flushSync();
    this.#timer?.cancel();
    this.#timer = undefined;
    clearImmediate(this.#feeding);
  }

  #schedule(): void {
    if (this.#phase !== 'running') return;
    this.#timer = this.#clock
      .setTimeout(() => {
        this.#timer = undefined;
        if (this.#draining === undefined) void this.#drain();
      }, this.#pace.flushEveryMs)
      .unref();
  }

  #drain(): Promise<void> {
    this.#draining ??= this.#drainAll().finally(() => {
      this.#draining = undefined;
      if (this.#waiting.length > 0 && this.#timer === undefined) this.#schedule();
    });
    return this.#draining;
  }

  async #drainAll(): Promise<void> {
    do {
      this.#timer?.cancel();
      this.#timer = undefined;
      await this.#file.write(this.#seal());
    } while (this.#characters >= chunkCharacters);
  }

  // The waiting lines as bytes, masked; followers are told of them.
  #seal(): Buffer {
    const lines = this.#waiting;
    let bytes = Buffer.from(`${lines.join('\n')}\n`);
    if (lines.length === 0) bytes = Buffer.alloc(0);
    else if (maySecretsBeIn(bytes)) {
      this.#maskFrom(this.#told);
      bytes = Buffer.from(`${lines.join('\n')}\n`);
    }
    if (this.#feed.followers > 0 && this.#told < lines.length) this.#feed.push(lines.slice(this.#told));
    this.#waiting = [];
    this.#characters = 0;
    this.#told = 0;
    return bytes;
  }

  #feedNow(): void {
    this.#feeding = undefined;
    if (this.#told >= this.#waiting.length) return;
    this.#maskFrom(this.#told);
    this.#feed.push(this.#told === 0 ? this.#waiting : this.#waiting.slice(this.#told));
    this.#told = this.#waiting.length;
  }

  #maskFrom(start: number): void {
    for (let at = start; at < this.#waiting.length; at += 1) {
      const line = this.#waiting[at];
      if (line !== undefined) this.#waiting[at] = maskSecrets(line);
    }
  }
}
