/** The thread that beats for its process: it goes on while the event loop beside it is blocked, and ends with the process. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock, type Timer } from '../../../kernel/index.ts';
import { Connection, type RedisAddress } from './connection.ts';
import { pairsOf } from './replies.ts';
import { processOf } from './session-name.ts';

/** What the thread is told. */
export interface PulseSettings {
  readonly address: RedisAddress;
  readonly key: string;
  readonly everyMs: number;
}

/** What it tells: the sessions and their beats, or that this one was given up. */
export type PulseMessage =
  | { readonly kind: 'beats'; readonly beats: readonly (readonly [string, string])[] }
  | { readonly kind: 'gone'; readonly session: string };

class Heart {
  readonly #settings: PulseSettings;
  readonly #port: MessagePort;
  readonly #timer: Timer;
  #session = '';
  /** The last beat that was made for the session, as far as it is known. */
  #beaten = 0;
  #connection: Connection | undefined;
  #isBusy = false;

  private constructor(settings: PulseSettings, port: MessagePort) {
    this.#settings = settings;
    this.#port = port;
    port.on('message', (message: { readonly session: string } | 'stop') => {
      if (message === 'stop') this.#stop();
      else this.#beatFor(message.session);
    });
    this.#timer = systemClock.setInterval(() => void this.#beat(), settings.everyMs);
  }

  static start(settings: PulseSettings, port: MessagePort): Heart {
    return new Heart(settings, port);
  }

  // The connection is named after the process: while it stands, the process lives, however slow it is.
  #beatFor(session: string): void {
    this.#session = session;
    this.#beaten = 0;
    this.#connection?.close();
    this.#connection = undefined;
    void this.#beat();
  }

  #stop(): void {
    this.#timer.cancel();
    this.#connection?.close();
    this.#port.close();
  }

  async #beat(): Promise<void> {
    const session = this.#session;
    if (this.#isBusy || session === '') return;
    this.#isBusy = true;
    const { address, key } = this.#settings;
    let used: Connection | undefined;
    try {
      this.#connection ??= await Connection.open({ ...address, connectionName: processOf(session) });
      used = this.#connection;
      const beats = pairsOf(await used.call('hgetall', key));
      this.#port.postMessage(await this.#answer(used, session, beats));
    } catch {
      // The connection comes back by itself; until then nobody can hear us anyway.
    } finally {
      this.#isBusy = false;
      // A session that was renewed meanwhile has a connection of its own.
      if (session !== this.#session) used?.close();
    }
  }

  // A beat that is missing, or went back, was taken away by somebody who gave the session up.
  async #answer(
    connection: Connection,
    session: string,
    beats: readonly (readonly [string, string])[],
  ): Promise<PulseMessage> {
    const own = Number(beats.find(([name]) => name === session)?.[1] ?? 0);
    if (own === 0 || own < this.#beaten) return { kind: 'gone', session };
    this.#beaten = Number(await connection.call('hincrby', this.#settings.key, session, 1));
    return { kind: 'beats', beats };
  }
}

if (parentPort) Heart.start(workerData as PulseSettings, parentPort);
