import { RaptorFlowError } from '../kernel/index.ts';
import type { RaptorLogLevel } from './level.ts';
import { levelOfLine, reaches } from './line.ts';
import { Turns } from './turns.ts';

/** One line of the log. Further lines of a message, such as those of a stack, have the level of its first. */
export interface FollowedLine {
  readonly kind: 'line';
  readonly level: RaptorLogLevel;
  readonly text: string;
}

/** Lines that a follower did not get. Null where nobody knows how many. */
export interface FollowedNotice {
  readonly kind: 'notice';
  readonly dropped: number | null;
}

/** What a follower is told. */
export type Followed = FollowedLine | FollowedNotice;

/** What a follower asks for. */
export interface FollowOptions {
  /** Only lines of this level and worse ones. Default: all. */
  readonly level?: RaptorLogLevel | undefined;
  /** Only lines that contain this text, whatever its case; of a message of several lines the first decides for all, the others for themselves. */
  readonly text?: string | undefined;
  /** Begins with those among the last so many lines of the log that match, 1 to 50,000. Default 0. */
  readonly last?: number | undefined;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined;
}

/** Lines that are kept for followers who have not read them yet; who is further behind gets a notice with what it missed. */
export const linesHeldMax = 50_000;
/** Characters of these lines. */
const charactersHeldMax = 8 << 20;
/** Followers of one log. */
const followersMax = 1_000;
/** Lines that a follower gets, or looks at, before others have their turn. */
export const linesATurn = 100;
/** After so many new lines those that everybody has read are forgotten. */
const linesBetweenSweeps = 1_000;

/** Decides, line by line, what a follower gets. */
export class LineFilter {
  readonly #level: RaptorLogLevel;
  readonly #text: string | undefined;
  #message = false;

  constructor(options: Pick<FollowOptions, 'level' | 'text'>) {
    this.#level = options.level ?? 'DEBUG';
    this.#text = options.text?.toLowerCase();
  }

  /** Whether a line is wanted. To be asked about every line in order. */
  wants(line: FollowedLine): boolean {
    if (!reaches(line.level, this.#level)) return (this.#message = false);
    if (this.#text === undefined) return true;
    const contains = line.text.toLowerCase().includes(this.#text);
    // Only first lines begin with a time.
    if (line.text.charCodeAt(0) !== 32) this.#message = contains;
    return contains || this.#message;
  }
}

/** Turns texts of lines into lines with their levels, in order. */
export class LineReader {
  #level: RaptorLogLevel = 'INFO';

  read(text: string): FollowedLine {
    this.#level = levelOfLine(text) ?? this.#level;
    return { kind: 'line', level: this.#level, text };
  }
}

/**
 * What the writer has said most recently, for those who follow it. All of them read the same lines, each from its own place; so a follower that
 * is slow costs no memory of its own, and loses only what it is more than `linesHeldMax` lines behind. What all have read is forgotten.
 */
export class Feed {
  readonly #reader: LineReader = new LineReader();
  readonly #wakes: Set<() => void> = new Set();
  readonly #turns: Turns = new Turns();
  #lines: (FollowedLine | undefined)[] = [];
  /** The number of the first line that is kept; lines are numbered from the start of the process. */
  #first = 0;
  #head = 0;
  #characters = 0;
  #pushed = 0;
  readonly #followers: Set<Place> = new Set();
  #closed = false;

  get followers(): number {
    return this.#followers.size;
  }

  /** Takes lines from the writer, masked and in order. */
  push(texts: readonly string[]): void {
    if (this.#followers.size === 0) return;
    for (const text of texts) {
      this.#lines.push(this.#reader.read(text));
      this.#characters += text.length;
    }
    this.#pushed += texts.length;
    if (this.#pushed >= linesBetweenSweeps) this.#sweep();
    while (this.#lines.length - this.#head > linesHeldMax || this.#characters > charactersHeldMax)
      this.#forget();
    // Each line is moved once on average.
    if (this.#head * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
    this.#wake();
  }

  /** Followers get what is left and come to their end. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** A follower of everything from now on, after the lines of `before`. Throws `exhausted` beyond `followersMax`. */
  follow(options: FollowOptions, before: Promise<readonly string[]> | null): AsyncIterableIterator<Followed> {
    if (this.#followers.size >= followersMax) {
      throw new RaptorFlowError(
        'exhausted',
        `The log has ${followersMax} followers already; end one of them first.`,
      );
    }
    return new Follower(this.#sourceFrom(this.#first + this.#lines.length - this.#head), options, before);
  }

  #sourceFrom(start: number): Source {
    const place: Place = { next: start };
    this.#followers.add(place);
    return {
      take: () => {
        const missed = this.#first - place.next;
        if (missed > 0) {
          place.next = this.#first;
          return { kind: 'notice', dropped: missed };
        }
        const line = this.#lines[this.#head + place.next - this.#first];
        if (line) place.next += 1;
        return line;
      },
      hasEnded: () => this.#closed,
      onMore: (wake) => this.#wakes.add(wake),
      inTurn: (go) => this.#turns.ask(go),
      leave: () => {
        this.#followers.delete(place);
        this.#sweep();
      },
    };
  }

  #sweep(): void {
    this.#pushed = 0;
    let least = this.#first + this.#lines.length - this.#head;
    for (const { next } of this.#followers) least = Math.min(least, next);
    while (this.#first < least) this.#forget();
  }

  #forget(): void {
    this.#characters -= this.#lines[this.#head]?.text.length ?? 0;
    this.#lines[this.#head] = undefined;
    this.#head += 1;
    this.#first += 1;
  }

  #wake(): void {
    const wakes = [...this.#wakes];
    this.#wakes.clear();
    for (const wake of wakes) wake();
  }
}

/** The number of the line that a follower takes next. */
interface Place {
  next: number;
}

/** One follower's way into the feed. */
interface Source {
  /** The next line, or what was missed before it; undefined when there is none yet. */
  take(): Followed | undefined;
  hasEnded(): boolean;
  /** Calls once when there may be more. */
  onMore(wake: () => void): void;
  /** Calls once when it is this follower's turn. */
  inTurn(go: () => void): void;
  leave(): void;
}

/** Lines of the file, read as the follower comes to them: there may be many. */
class Replay {
  readonly #reader: LineReader = new LineReader();
  #texts: readonly string[] = [];
  #at = 0;

  begin(texts: readonly string[]): void {
    this.#texts = texts;
  }

  next(): FollowedLine | undefined {
    const text = this.#texts[this.#at];
    if (text === undefined) return undefined;
    this.#at += 1;
    if (this.#at === this.#texts.length) {
      this.#texts = [];
      this.#at = 0;
    }
    return this.#reader.read(text);
  }
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

class Follower implements AsyncIterableIterator<Followed> {
  readonly #source: Source;
  readonly #filter: LineFilter;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #before: Promise<void> | undefined;
  readonly #replay: Replay = new Replay();
  #taken = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  #pending = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(source: Source, options: FollowOptions, before: Promise<readonly string[]> | null) {
    this.#source = source;
    this.#filter = new LineFilter(options);
    this.#signal = options.signal;
    this.#onAbort = () => this.#end();
    this.#before = before?.then((texts) => this.#replay.begin(texts));
    // It is awaited by the first call of next; until then, or if there is none, nobody is to be told.
    this.#before?.catch(() => undefined);
    if (this.#signal?.aborted) this.#end();
    else this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Followed>> {
    if (this.#ended) return Promise.resolve(done);
    // The usual case, without a function that waits: there is a line, and it is this follower's turn.
    if (this.#before === undefined && this.#pending === 0 && this.#taken < linesATurn) {
      const item = this.#take();
      if (item) return Promise.resolve({ done: false, value: item });
    }
    // Calls that do not wait for each other are answered in order.
    this.#pending += 1;
    const turn = this.#turn
      .then(() => this.#nextInTurn())
      .finally(() => {
        this.#pending -= 1;
      });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  return(): Promise<IteratorResult<Followed>> {
    this.#end();
    return Promise.resolve(done);
  }

  async #nextInTurn(): Promise<IteratorResult<Followed>> {
    if (this.#before) {
      const before = this.#before;
      try {
        await before;
      } catch (error) {
        this.#end();
        throw error;
      }
      this.#before = undefined;
    }
    while (!this.#ended) {
      if (this.#taken >= linesATurn) await this.#letOthers();
      const item = this.#ended ? undefined : this.#take();
      if (item) return { done: false, value: item };
      if (this.#taken >= linesATurn) continue;
      if (this.#source.hasEnded()) this.#end();
      else await this.#more();
    }
    return done;
  }

  #take(): Followed | undefined {
    while (this.#taken < linesATurn) {
      const item = this.#replay.next() ?? this.#source.take();
      if (!item) return undefined;
      this.#taken += 1;
      if (item.kind === 'notice' || this.#filter.wants(item)) return item;
    }
    return undefined;
  }

  #letOthers(): Promise<void> {
    return new Promise((resolve) => {
      this.#source.inTurn(() => {
        this.#taken = 0;
        resolve();
      });
    });
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
      this.#source.onMore(this.#wake);
    });
    // All who wait are woken at once.
    if (!this.#ended) await this.#letOthers();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#source.leave();
    this.#wake?.();
  }
}
