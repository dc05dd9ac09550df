/**
 * The dashboard's socket, kept open.
 *
 * States:
 *
 * - `connecting`: a connection is being made; the first frame (`socket.hello`) moves on to `open`.
 * - `open`: frames arrive. Silence for 2.5 heartbeats counts as a loss.
 * - `waiting`: the connection was lost; the next attempt is due after a back-off (full jitter, 0.5 s doubling to 15 s).
 * - `refused`: the server will not have this caller (4401, 4403); nothing is tried again.
 * - `closed`: `close()` was called.
 *
 * Nothing is lost over a reconnect: the last state event's id is sent back (`resume_from`), and where the server can no
 * longer tell what was missed, `onResync` says so and the caller reads its state again.
 */
import type { SocketClientFrame, SocketFrame } from '@raptorflow/contract';

import { systemTimers, type Timers } from './timers.ts';

/** See above. */
export type SocketStatus = 'connecting' | 'open' | 'waiting' | 'refused' | 'closed';

/** The part of the standard WebSocket that is used. */
export interface SocketLike {
  send(data: string): void;
  close(code?: number): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
}

/** Where to connect and whom to tell. */
export interface DashboardSocketOptions {
  /** As the client's; in a browser '' means the page's own origin. */
  readonly baseUrl: string;
  readonly userId: string;
  /** Bearer token; absent in a browser, where the session cookie serves. */
  readonly token?: string;
  /** Each event once, in the order of arrival. */
  readonly onFrame: (frame: SocketFrame) => void;
  /** What was missed cannot be told: read everything again. */
  readonly onResync?: () => void;
  readonly onStatus?: (status: SocketStatus) => void;
}

/** What the socket stands on; all have defaults. */
export interface DashboardSocketDeps {
  readonly timers?: Timers;
  readonly connect?: (url: string, protocols: string[]) => SocketLike;
}

/** A kept-open socket. */
export interface DashboardSocket {
  readonly status: SocketStatus;
  /** Adds the channels of these patterns to what arrives, until called again; an empty list ends it. */
  readonly tail: (patterns: readonly string[]) => void;
  /** Tries again now instead of waiting for the back-off, for example when the browser is back online. */
  readonly retryNow: () => void;
  readonly close: () => void;
}

const limits = {
  backoffFirstMs: 500,
  backoffMaxMs: 15_000,
  helloWaitMs: 10_000,
  heartbeatsMissedMax: 2.5,
  rememberedIdsMax: 2000,
} as const;

const refusalCodes: ReadonlySet<number> = new Set([4401, 4403]);

/** Opens the socket and keeps it open until `close()`. */
export function openDashboardSocket(
  options: DashboardSocketOptions,
  deps: DashboardSocketDeps = {},
): DashboardSocket {
  const connection = new ReconnectingSocket(options, deps);
  connection.open();
  return connection;
}

class ReconnectingSocket implements DashboardSocket {
  status: SocketStatus = 'waiting';
  readonly #options: DashboardSocketOptions;
  readonly #timers: Timers;
  readonly #connect: (url: string, protocols: string[]) => SocketLike;
  readonly #seen = new Set<string>();
  #socket: SocketLike | null = null;
  #patterns: readonly string[] = [];
  #lastStateEventId: string | null = null;
  #greetedBefore = false;
  #failures = 0;
  #heartbeatMs = 30_000;
  #cancelTimer: () => void = () => undefined;

  constructor(options: DashboardSocketOptions, deps: DashboardSocketDeps) {
    this.#options = options;
    this.#timers = deps.timers ?? systemTimers;
    this.#connect = deps.connect ?? ((url, protocols) => new WebSocket(url, protocols));
  }

  open(): void {
    this.#become('connecting');
    // The server echoes the plain name only: a token must never come back in a header.
    const protocols = ['raptorflow'];
    if (this.#options.token !== undefined) protocols.push(`bearer.${this.#options.token}`);
    const socket = this.#connect(socketUrl(this.#options), protocols);
    this.#socket = socket;
    socket.addEventListener('message', (event) => {
      if (this.#socket === socket) this.#receive(event.data);
    });
    socket.addEventListener('close', (event) => {
      if (this.#socket === socket) this.#lost(event.code);
    });
    // A failed connection also closes; the close is what counts.
    socket.addEventListener('error', () => undefined);
    this.#watch(limits.helloWaitMs);
  }

  readonly tail = (patterns: readonly string[]): void => {
    this.#patterns = [...patterns];
    if (this.status === 'open') this.#send({ tail: [...this.#patterns] });
  };

  readonly retryNow = (): void => {
    if (this.status !== 'waiting') return;
    this.#cancelTimer();
    this.open();
  };

  readonly close = (): void => {
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    this.#become('closed');
  };

  #receive(data: unknown): void {
    const frame = readFrame(data);
    if (!frame) return;
    this.#watch(this.#heartbeatMs * limits.heartbeatsMissedMax);
    if (frame.type.startsWith('socket.')) {
      this.#receiveControl(frame);
      return;
    }
    if (frame.event_id !== null) {
      if (this.#seen.has(frame.event_id)) return;
      this.#remember(frame.event_id);
      if (frame.channel === 'sys.state.update') this.#lastStateEventId = frame.event_id;
    }
    this.#options.onFrame(frame);
  }

  #receiveControl(frame: SocketFrame): void {
    if (frame.type === 'socket.resync') this.#options.onResync?.();
    if (frame.type !== 'socket.hello') return;
    const seconds = frame.data['heartbeat_seconds'];
    if (typeof seconds === 'number' && seconds > 0) this.#heartbeatMs = seconds * 1000;
    this.#watch(this.#heartbeatMs * limits.heartbeatsMissedMax);
    this.#failures = 0;
    this.#become('open');
    if (this.#patterns.length > 0) this.#send({ tail: [...this.#patterns] });
    if (this.#lastStateEventId !== null) this.#send({ resume_from: this.#lastStateEventId });
    // Without an id there is nothing to resume from, yet things may have happened meanwhile.
    else if (this.#greetedBefore) this.#options.onResync?.();
    this.#greetedBefore = true;
  }

  #lost(code: number): void {
    this.#cancelTimer();
    this.#socket = null;
    if (refusalCodes.has(code)) {
      this.#become('refused');
      return;
    }
    const ceiling = Math.min(limits.backoffMaxMs, limits.backoffFirstMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#become('waiting');
    this.#cancelTimer = this.#timers.after(ceiling * (0.5 + this.#timers.random() / 2), () => this.open());
  }

  /** Gives the connection up when nothing arrives for so long: a half-open one never closes by itself. */
  #watch(silenceMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#timers.after(silenceMs, () => {
      const socket = this.#socket;
      this.#lost(1006);
      socket?.close();
    });
  }

  #send(frame: SocketClientFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #remember(eventId: string): void {
    this.#seen.add(eventId);
    if (this.#seen.size <= limits.rememberedIdsMax) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      return;
    }
  }

  #become(status: SocketStatus): void {
    if (this.status === status) return;
    this.status = status;
    this.#options.onStatus?.(status);
  }
}

function socketUrl(options: DashboardSocketOptions): string {
  const base = options.baseUrl === '' ? globalThis.location.origin : options.baseUrl.replace(/\/+$/u, '');
  return `${base.replace(/^http/u, 'ws')}/ws/dashboard/${encodeURIComponent(options.userId)}`;
}

function readFrame(data: unknown): SocketFrame | null {
  if (typeof data !== 'string') return null;
  try {
    const frame: unknown = JSON.parse(data);
    return isFrame(frame) ? frame : null;
  } catch {
    return null;
  }
}

/** The server is ours and speaks the contract; this only keeps foreign text from passing as a frame. */
function isFrame(value: unknown): value is SocketFrame {
  if (typeof value !== 'object' || value === null) return false;
  if (!('type' in value) || typeof value.type !== 'string') return false;
  return 'data' in value && typeof value.data === 'object' && value.data !== null && 'event_id' in value;
}
