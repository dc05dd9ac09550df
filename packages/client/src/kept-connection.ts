/** A WebSocket that is made again whenever it is lost: what every socket of this client stands on. */
import { systemTimers, type Timers } from './timers.ts';

/**
 * - `connecting`: a connection is being made; the server's greeting moves on to `open`.
 * - `open`: frames arrive. Silence for 2.5 heartbeats counts as a loss.
 * - `waiting`: the connection was lost; the next attempt is due after a back-off (full jitter, 0.5 s doubling to 15 s).
 * - `refused`: the server will not have this caller (4401, 4403); nothing is tried again.
 * - `closed`: `close()` was called.
 */
export type SocketStatus = 'connecting' | 'open' | 'waiting' | 'refused' | 'closed';

/** The part of the standard WebSocket that is used. */
export interface SocketLike {
  send(data: string): void;
  close(code?: number): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
}

/** What a socket stands on; all have defaults. */
export interface SocketDeps {
  readonly timers?: Timers;
  readonly connect?: (url: string, protocols: string[]) => SocketLike;
}

/** Where to connect and whom to tell. */
export interface KeptConnectionOptions {
  /** Asked before each attempt. */
  readonly url: () => string;
  /** Bearer token; absent in a browser, where the session cookie serves. */
  readonly token?: string | undefined;
  readonly onMessage: (data: unknown) => void;
  readonly onStatus?: ((status: SocketStatus) => void) | undefined;
}

const limits = {
  backoffFirstMs: 500,
  backoffMaxMs: 15_000,
  helloWaitMs: 10_000,
  heartbeatsMissedMax: 2.5,
} as const;

const refusalCodes: ReadonlySet<number> = new Set([4401, 4403]);

/** The connection. Whoever reads its messages calls `greeted` at the server's greeting. */
export class KeptConnection {
  status: SocketStatus = 'waiting';
  readonly #options: KeptConnectionOptions;
  readonly #timers: Timers;
  readonly #connect: (url: string, protocols: string[]) => SocketLike;
  #socket: SocketLike | null = null;
  #failures = 0;
  #heartbeatMs = 30_000;
  #cancelTimer: () => void = () => undefined;

  constructor(options: KeptConnectionOptions, deps: SocketDeps) {
    this.#options = options;
    this.#timers = deps.timers ?? systemTimers;
    this.#connect = deps.connect ?? ((url, protocols) => new WebSocket(url, protocols));
  }

  open(): void {
    this.#become('connecting');
    // The server echoes the plain name only: a token must never come back in a header.
    const protocols = ['raptorflow'];
    if (this.#options.token !== undefined) protocols.push(`bearer.${this.#options.token}`);
    const socket = this.#connect(this.#options.url(), protocols);
    this.#socket = socket;
    socket.addEventListener('message', (event) => {
      if (this.#socket !== socket) return;
      this.#watch(this.status === 'open' ? this.#silenceMs() : limits.helloWaitMs);
      this.#options.onMessage(event.data);
    });
    socket.addEventListener('close', (event) => {
      if (this.#socket === socket) this.#lost(event.code);
    });
    // A failed connection also closes; the close is what counts.
    socket.addEventListener('error', () => undefined);
    this.#watch(limits.helloWaitMs);
  }

  /** The server has greeted, and says how often it will be heard of. */
  greeted(heartbeatSeconds: unknown): void {
    if (typeof heartbeatSeconds === 'number' && heartbeatSeconds > 0)
      this.#heartbeatMs = heartbeatSeconds * 1000;
    this.#watch(this.#silenceMs());
    this.#failures = 0;
    this.#become('open');
  }

  send(frame: unknown): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  /** Tries again now instead of waiting for the back-off. */
  retryNow(): void {
    if (this.status !== 'waiting') return;
    this.#cancelTimer();
    this.open();
  }

  close(): void {
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    this.#become('closed');
  }

  #silenceMs(): number {
    return this.#heartbeatMs * limits.heartbeatsMissedMax;
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

  #become(status: SocketStatus): void {
    if (this.status === status) return;
    this.status = status;
    this.#options.onStatus?.(status);
  }
}

/** The WebSocket address of a path below a client's base address; '' is the page's own origin. */
export function socketUrl(baseUrl: string, path: string): string {
  const base = baseUrl === '' ? globalThis.location.origin : baseUrl.replace(/\/+$/u, '');
  return `${base.replace(/^http/u, 'ws')}${path}`;
}
