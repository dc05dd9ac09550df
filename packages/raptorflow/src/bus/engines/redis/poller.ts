import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '../../../kernel/index.ts';
import { Connection, type RedisAddress } from './connection.ts';
import type { PolledWake, PulseMessage, PulseOrder, PulseSettings } from './pulse-messages.ts';
import { pairsOf } from './replies.ts';
import { scripts } from './scripts.ts';

/** After a poll that failed the next one does not wait longer: beats were missed. */
const retryMsMax = 1_000;

/**
 * The thread's work where nobody can subscribe: one command beats, hears the others and asks what there is to do. Pauses double from the shortest
 * to the longest while nothing happens. A beat vouches for the pause behind it, so whoever polls seldom is not taken for dead.
 */
export class Poller {
  readonly #settings: PulseSettings;
  readonly #port: MessagePort;
  #session = '';
  #last = '0-0';
  #pauseMs: number;
  #nap = new AbortController();
  #connection: Connection | undefined;
  #hasStopped = false;

  private constructor(settings: PulseSettings, port: MessagePort) {
    this.#settings = settings;
    this.#port = port;
    this.#pauseMs = settings.polling.pauseMsMin;
    port.on('message', (order: PulseOrder) => this.#obey(order));
  }

  static start(settings: PulseSettings, port: MessagePort): void {
    void new Poller(settings, port).#live();
  }

  #obey(order: PulseOrder): void {
    if (order === 'stop') {
      this.#hasStopped = true;
      this.#connection?.close();
      this.#port.close();
    } else if (order !== 'hurry') {
      this.#session = order.session;
      this.#last = order.last;
    }
    this.#pauseMs = this.#settings.polling.pauseMsMin;
    this.#nap.abort();
  }

  async #live(): Promise<void> {
    const { pauseMsMin } = this.#settings.polling;
    while (!this.#hasStopped) {
      this.#nap = new AbortController();
      // Who is woken from a long pause still makes a short one, so that a busy process does not poll without a pause.
      await systemClock
        .sleep(this.#pauseMs, this.#nap.signal)
        .catch(() => (this.#hasStopped ? undefined : systemClock.sleep(pauseMsMin)));
      if (this.#session !== '' && !this.#hasStopped) await this.#poll();
    }
  }

  async #poll(): Promise<void> {
    const { address, key, wakesKey, polling } = this.#settings;
    const session = this.#session;
    const next = Math.min(this.#pauseMs * 2, polling.pauseMsMax);
    const nap = this.#nap;
    try {
      this.#connection ??= await this.#connect(address);
      const args = [session, next, this.#last];
      const answer = (await this.#connection.run(scripts.poll, [key, wakesKey], args)) as PollAnswer;
      if (session !== this.#session) return;
      if (answer[0] === 'gone') {
        this.#session = '';
        this.#tell({ kind: 'gone', session });
        return;
      }
      const [, serverMs, beats, last, flat, isLost] = answer;
      this.#last = last;
      const wakes = readWakes(flat);
      const isBusy = wakes.length > 0 || isLost === '1' || nap.signal.aborted;
      this.#pauseMs = isBusy ? polling.pauseMsMin : next;
      this.#tell({
        kind: 'polled',
        beats: pairsOf(beats),
        serverMs: Number(serverMs),
        pauseMs: this.#pauseMs,
        wakes,
        isLost: isLost === '1',
      });
    } catch {
      // The connection comes back by itself; until then nobody can hear us anyway.
      this.#pauseMs = Math.min(this.#pauseMs, retryMsMax);
    }
  }

  #connect(address: RedisAddress): Promise<Connection> {
    return Connection.open(address, { onReady: () => this.#tell({ kind: 'connected' }) });
  }

  #tell(message: PulseMessage): void {
    this.#port.postMessage(message);
  }
}

type PollAnswer = readonly ['gone'] | readonly ['ok', string, unknown, string, readonly string[], '0' | '1'];

function readWakes(flat: readonly string[]): PolledWake[] {
  const wakes: PolledWake[] = [];
  for (let at = 0; at + 2 < flat.length; at += 3) {
    const groups = (flat[at + 2] ?? '').split(' ').filter(Boolean);
    wakes.push({ partition: Number(flat[at]), log: Number(flat[at + 1]), groups });
  }
  return wakes;
}
