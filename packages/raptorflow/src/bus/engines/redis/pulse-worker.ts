/** The thread that beats for its process: it goes on while the event loop beside it is blocked, and ends with the process. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../../../kernel/index.ts';
import { Connection } from './connection.ts';
import { Poller } from './poller.ts';
import type { PulseMessage, PulseOrder, PulseSettings } from './pulse-messages.ts';
import { pairsOf } from './replies.ts';
import { processOf } from './session-name.ts';

/** Clocks drift apart by a few milliseconds in this time. */
const timeAskedEveryMs = 300_000;

class Heart {
  readonly #settings: PulseSettings;
  readonly #port: MessagePort;
  #session = '';
  /** The last beat that was made for the session, as far as it is known. */
  #beaten = 0;
  #connection: Connection | undefined;
  #hasStopped = false;
  /** The server's time less this thread's, and until when that serves. */
  #aheadMs = 0;
  #aheadUntil = Number.NEGATIVE_INFINITY;

  private constructor(settings: PulseSettings, port: MessagePort) {
    this.#settings = settings;
    this.#port = port;
    port.on('message', (order: PulseOrder) => {
      if (order === 'stop') this.#stop();
      else if (order !== 'hurry') this.#beatFor(order.session, order.beat);
    });
  }

  static start(settings: PulseSettings, port: MessagePort): void {
    void new Heart(settings, port).#live();
  }

  #beatFor(session: string, beat: number): void {
    this.#session = session;
    this.#beaten = beat;
    this.#connection?.close();
    this.#connection = undefined;
    void this.#try(async () => undefined);
  }

  #stop(): void {
    this.#hasStopped = true;
    this.#connection?.close();
    this.#port.close();
  }

  async #live(): Promise<void> {
    const { everyMs, hearAfterMs } = this.#settings;
    while (!this.#hasStopped) {
      await systemClock.sleep(everyMs - (this.#serverMs() % everyMs));
      await this.#try((connection, session) => this.#beat(connection, session));
      await systemClock.sleep(hearAfterMs);
      await this.#try((connection, session) => this.#hear(connection, session));
    }
  }

  async #try(work: (connection: Connection, session: string) => Promise<void>): Promise<void> {
    const session = this.#session;
    if (session === '' || this.#hasStopped) return;
    let used: Connection | undefined;
    try {
      this.#connection ??= await this.#connect(session);
      used = this.#connection;
      if (systemClock.monotonic() >= this.#aheadUntil) await this.#askTime(used);
      await work(used, session);
    } catch {
      // The connection comes back by itself; until then nobody can hear us anyway.
    } finally {
      // A session that was renewed meanwhile has a connection of its own.
      if (session !== this.#session) {
        used?.close();
        if (this.#connection === used) this.#connection = undefined;
      }
    }
  }

  // The connection is named after the process: while it stands, the process lives, however slow it is.
  #connect(session: string): Promise<Connection> {
    const address = { ...this.#settings.address, connectionName: processOf(session) };
    return Connection.open(address, {
      onReady: () => {
        this.#aheadUntil = Number.NEGATIVE_INFINITY;
        this.#port.postMessage({ kind: 'connected' } satisfies PulseMessage);
      },
    });
  }

  async #askTime(connection: Connection): Promise<void> {
    const askedAt = systemClock.monotonic();
    const [seconds, microseconds] = (await connection.call('time')) as [string, string];
    const answeredAt = systemClock.monotonic();
    this.#aheadMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000 - (askedAt + answeredAt) / 2;
    this.#aheadUntil = answeredAt + timeAskedEveryMs;
  }

  #serverMs(): number {
    return systemClock.monotonic() + this.#aheadMs;
  }

  // A beat is the server's time when it was made, added to the last one: a session that was given up cannot come back by it.
  async #beat(connection: Connection, session: string): Promise<void> {
    const further = Math.max(1, Math.floor(this.#serverMs()) - this.#beaten);
    const beat = Number(await connection.call('hincrby', this.#settings.key, session, further));
    if (session !== this.#session) return;
    if (beat >= this.#beaten + further) {
      this.#beaten = beat;
      return;
    }
    // It was taken away meanwhile: whoever did so, or the next one who looks, takes it for given up.
    await connection.call('hset', this.#settings.key, session, 0);
    this.#port.postMessage({ kind: 'gone', session } satisfies PulseMessage);
  }

  async #hear(connection: Connection, session: string): Promise<void> {
    const serverMs = this.#serverMs();
    const beats = pairsOf(await connection.call('hgetall', this.#settings.key));
    const own = Number(beats.find(([name]) => name === session)?.[1] ?? 0);
    const message: PulseMessage =
      own < this.#beaten ? { kind: 'gone', session } : { kind: 'beats', beats, serverMs };
    if (session === this.#session) this.#port.postMessage(message);
  }
}

if (parentPort) {
  const settings = workerData as PulseSettings;
  if (settings.address.idle === 'polling') Poller.start(settings, parentPort);
  else Heart.start(settings, parentPort);
}
