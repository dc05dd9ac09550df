/**
 * The log of Raptor Mini as it is written, over a connection that is made again whenever it is lost (see `SocketStatus`).
 *
 * Each connection begins with the last lines of the log, so nothing is missed over a reconnect unless more was written
 * meanwhile than they hold; {@link joinLogReplay} tells which of them are new, and whether some may be missing.
 */
import type { LogFrame, LogLevel } from '@raptorflow/contract';

import { KeptConnection, type SocketDeps, type SocketStatus, socketUrl } from './kept-connection.ts';
import { systemTimers, type Timers } from './timers.ts';

/** A line; an exception's stack is part of its line. */
export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
}

/** Which lines are wanted. */
export interface LogFilter {
  /** Lines of this level and above; all by default. */
  readonly level?: LogLevel | undefined;
  /** Lines that contain this text; all by default. */
  readonly text?: string | undefined;
  /** How many of the last lines each connection begins with, at most 1,000. */
  readonly last: number;
}

/** What to follow and whom to tell. */
export interface LogStreamOptions {
  /** As the client's; in a browser '' means the page's own origin. */
  readonly baseUrl: string;
  /** Bearer token; absent in a browser, where the session cookie serves. */
  readonly token?: string;
  readonly filter: LogFilter;
  /** The last lines, once for each connection, before any of `onLine`; none is an empty list. */
  readonly onReplay: (lines: readonly LogLine[]) => void;
  readonly onLine: (line: LogLine) => void;
  /** So many lines were not sent, because they were read too slowly. */
  readonly onDropped: (lines: number) => void;
  readonly onStatus?: (status: SocketStatus) => void;
}

/** A stream that is being followed. */
export interface LogStream {
  readonly status: SocketStatus;
  /** Tries again now instead of waiting for the back-off. */
  readonly retryNow: () => void;
  readonly close: () => void;
}

/** Announced last lines that have not come after so long were never there: their lines may have been filtered away. */
const replayWaitMs = 500;

/** Follows the log until `close()`. */
export function openLogStream(options: LogStreamOptions, deps: SocketDeps = {}): LogStream {
  return new FollowedLog(options, deps);
}

class FollowedLog implements LogStream {
  readonly #options: LogStreamOptions;
  readonly #timers: Timers;
  readonly #connection: KeptConnection;
  /** The last lines as far as they have come; null once they are told. */
  #replay: LogLine[] | null = null;
  #announced = 0;
  #cancelWait: () => void = () => undefined;

  constructor(options: LogStreamOptions, deps: SocketDeps) {
    this.#options = options;
    this.#timers = deps.timers ?? systemTimers;
    const onStatus = (status: SocketStatus): void => {
      // What was half told by a lost connection is told whole by the next one.
      if (status !== 'open') this.#forgetReplay();
      options.onStatus?.(status);
    };
    const url = (): string => addressOf(options);
    const onMessage = (data: unknown): void => this.#receive(data);
    this.#connection = new KeptConnection({ url, token: options.token, onStatus, onMessage }, deps);
    this.#connection.open();
  }

  get status(): SocketStatus {
    return this.#connection.status;
  }

  readonly retryNow = (): void => this.#connection.retryNow();

  readonly close = (): void => this.#connection.close();

  #receive(data: unknown): void {
    const frame = readLogFrame(data);
    if (frame?.type === 'log.hello') {
      this.#connection.greeted(frame.heartbeat_seconds);
      this.#replay = [];
      this.#announced = frame.last;
      this.#cancelWait = this.#timers.after(replayWaitMs, () => this.#tellReplay());
      this.#tellWholeReplay();
    } else if (frame?.type === 'log.line') {
      const line = { level: frame.level, text: frame.text };
      if (this.#replay === null) this.#options.onLine(line);
      else {
        this.#replay.push(line);
        this.#tellWholeReplay();
      }
    } else if (frame?.type === 'log.dropped') {
      this.#tellReplay();
      this.#options.onDropped(frame.dropped);
    }
  }

  #tellWholeReplay(): void {
    if (this.#replay !== null && this.#replay.length >= this.#announced) this.#tellReplay();
  }

  #tellReplay(): void {
    const lines = this.#replay;
    this.#forgetReplay();
    if (lines !== null) this.#options.onReplay(lines);
  }

  #forgetReplay(): void {
    this.#cancelWait();
    this.#replay = null;
  }
}

/** What a replay adds to lines that are known already. */
export interface JoinedReplay {
  readonly added: readonly LogLine[];
  /** Whether lines between the known and the added ones may be missing. */
  readonly gap: boolean;
}

/** Finds the longest end of `known` that `replay` begins with. Costs one pass over the replay for each place that it may begin at. */
export function joinLogReplay(known: readonly LogLine[], replay: readonly LogLine[]): JoinedReplay {
  if (known.length === 0) return { added: replay, gap: false };
  const from = Math.max(0, known.length - replay.length);
  for (let start = from; start < known.length; start += 1) {
    const isEnd = known
      .slice(start)
      .every((line, index) => line.text === replay[index]?.text && line.level === replay[index].level);
    if (isEnd) return { added: replay.slice(known.length - start), gap: false };
  }
  return { added: replay, gap: true };
}

function addressOf({ baseUrl, filter: { level, text, last } }: LogStreamOptions): string {
  const query = new URLSearchParams({ last: String(last) });
  if (level !== undefined) query.set('level', level);
  if (text !== undefined && text !== '') query.set('text', text);
  return socketUrl(baseUrl, `/api/v1/raptor/logs/stream?${query.toString()}`);
}

/** The server is ours and speaks the contract; this only keeps foreign text from passing as a frame. */
function readLogFrame(data: unknown): LogFrame | null {
  if (typeof data !== 'string') return null;
  try {
    const frame: unknown = JSON.parse(data);
    return isLogFrame(frame) ? frame : null;
  } catch {
    return null;
  }
}

function isLogFrame(value: unknown): value is LogFrame {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  switch (value.type) {
    case 'log.hello':
      return 'last' in value && typeof value.last === 'number';
    case 'log.line':
      return 'text' in value && typeof value.text === 'string' && 'level' in value;
    case 'log.dropped':
      return 'dropped' in value && typeof value.dropped === 'number';
    default:
      return value.type === 'log.heartbeat';
  }
}
