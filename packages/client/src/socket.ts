/**
 * The dashboard's socket, kept open (see `SocketStatus` for its states).
 *
 * Nothing is lost over a reconnect: the last state event's id is sent back (`resume_from`), and where the server can no
 * longer tell what was missed, `onResync` says so and the caller reads its state again.
 */
import type { SocketClientFrame, SocketFrame } from '@raptorflow/contract';

import { KeptConnection, type SocketDeps, type SocketStatus, socketUrl } from './kept-connection.ts';

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

/** A kept-open socket. */
export interface DashboardSocket {
  readonly status: SocketStatus;
  /** Adds the channels of these patterns to what arrives, until called again; an empty list ends it. */
  readonly tail: (patterns: readonly string[]) => void;
  /** Tries again now instead of waiting for the back-off, for example when the browser is back online. */
  readonly retryNow: () => void;
  readonly close: () => void;
}

const rememberedIdsMax = 2000;

/** Opens the socket and keeps it open until `close()`. */
export function openDashboardSocket(options: DashboardSocketOptions, deps: SocketDeps = {}): DashboardSocket {
  return new ResumingSocket(options, deps);
}

class ResumingSocket implements DashboardSocket {
  readonly #options: DashboardSocketOptions;
  readonly #connection: KeptConnection;
  readonly #seen = new Set<string>();
  #patterns: readonly string[] = [];
  #lastStateEventId: string | null = null;
  #greetedBefore = false;

  constructor(options: DashboardSocketOptions, deps: SocketDeps) {
    this.#options = options;
    const url = (): string =>
      socketUrl(options.baseUrl, `/ws/dashboard/${encodeURIComponent(options.userId)}`);
    const { token, onStatus } = options;
    const onMessage = (data: unknown): void => this.#receive(data);
    this.#connection = new KeptConnection({ url, token, onStatus, onMessage }, deps);
    this.#connection.open();
  }

  get status(): SocketStatus {
    return this.#connection.status;
  }

  readonly tail = (patterns: readonly string[]): void => {
    this.#patterns = [...patterns];
    if (this.status === 'open') this.#send({ tail: [...this.#patterns] });
  };

  readonly retryNow = (): void => this.#connection.retryNow();

  readonly close = (): void => this.#connection.close();

  #receive(data: unknown): void {
    const frame = readFrame(data);
    if (!frame) return;
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
    this.#connection.greeted(frame.data['heartbeat_seconds']);
    if (this.#patterns.length > 0) this.#send({ tail: [...this.#patterns] });
    if (this.#lastStateEventId !== null) this.#send({ resume_from: this.#lastStateEventId });
    // Without an id there is nothing to resume from, yet things may have happened meanwhile.
    else if (this.#greetedBefore) this.#options.onResync?.();
    this.#greetedBefore = true;
  }

  #send(frame: SocketClientFrame): void {
    this.#connection.send(frame);
  }

  #remember(eventId: string): void {
    this.#seen.add(eventId);
    if (this.#seen.size <= rememberedIdsMax) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      return;
    }
  }
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
