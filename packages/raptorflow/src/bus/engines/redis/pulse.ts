import { Worker } from 'node:worker_threads';
import { systemClock, type Timer } from '../../../kernel/index.ts';
import type { ConnectionWatch } from '../../../storage/index.ts';
import { beatEveryMs, hearAfterMs, Peers, type Suspect } from './peers.ts';
import type { PolledWake, PulseMessage, PulseOrder, PulseSettings } from './pulse-messages.ts';

/** Who could not listen for so long says nothing about others. */
const deafMsMax = 2_500;

/** What the pulse tells. */
export interface PulseListener {
  onSilent(suspect: Suspect): void;
  /** This process's session was given up by others. */
  onGone(session: string): void;
  /** A poll was answered. */
  onPolled?(wakes: readonly PolledWake[], isLost: boolean): void;
}

/** The beats of this process and its ear for those of others. Times here are real ones: a beat is about processes, not about events. */
export class Pulse {
  readonly #worker: Worker;
  readonly #listener: PulseListener;
  readonly #peers: Peers;
  readonly #isPolling: boolean;
  readonly #pauseMsMin: number;
  #pauseMs = 0;
  #session = '';
  /** The thread has been connected for this session before, so that a further time tells of an outage. */
  #wasConnected = false;
  #check: Timer | undefined;

  constructor(
    { address, ...settings }: Pick<PulseSettings, 'address' | 'key' | 'wakesKey' | 'polling'>,
    listener: PulseListener,
    onConnection?: ConnectionWatch,
  ) {
    this.#listener = listener;
    this.#isPolling = address.idle === 'polling';
    this.#peers = new Peers(this.#isPolling, systemClock.monotonic());
    this.#pauseMsMin = settings.polling.pauseMsMin;
    const fromSource = import.meta.url.endsWith('.ts');
    const url = new URL(fromSource ? './pulse-worker.ts' : './pulse-worker.js', import.meta.url);
    const workerData: PulseSettings = { ...settings, address, everyMs: beatEveryMs, hearAfterMs };
    this.#worker = new Worker(url, { workerData });
    this.#worker.on('message', (message: PulseMessage) => this.#hear(message));
    // Without beats others take this process for dead; its late acknowledgements are then fenced, so nothing is handled twice unnoticed.
    this.#worker.on('error', () => undefined);
    this.#worker.unref();
    const closed = onConnection?.({ use: 'beats', close: () => void this.#worker.terminate() });
    if (closed) this.#worker.once('exit', closed);
  }

  /** Processes that live, this one included, as far as this one has heard. */
  get peers(): number {
    return Math.max(1, this.#peers.count);
  }

  /** Milliseconds until the next poll, as it was said last; 0 where nobody polls. */
  get pauseMs(): number {
    return this.#pauseMs;
  }

  /** Beats for this session from now on; `beat` has been made for it when the list of wakes ended at `last`. */
  beatFor(session: string, beat: number, last: string): void {
    this.#wasConnected = false;
    this.#session = session;
    this.#pauseMs = this.#isPolling ? this.#pauseMsMin : 0;
    this.#worker.postMessage({ session, beat, last } satisfies PulseOrder);
  }

  /** Something happens here, so that others may soon have something to say. */
  hurry(): void {
    if (this.#pauseMs <= this.#pauseMsMin) return;
    this.#pauseMs = this.#pauseMsMin;
    this.#worker.postMessage('hurry' satisfies PulseOrder);
  }

  /** Takes note of everybody's beats, heard at this moment of the server's time, which tells how old they are. */
  listen(beats: readonly (readonly [string, string])[], serverMs: number): void {
    const now = systemClock.monotonic();
    if (now - this.#peers.heardAt >= this.#pauseMs + deafMsMax) this.forgive();
    this.#peers.hear(beats, serverMs, now);
    this.#judge(now);
  }

  /** Nobody could be heard for a while: the server was away, or this process was. Everybody gets the time to come back. */
  forgive(): void {
    this.#peers.forgive(systemClock.monotonic());
  }

  /** Stops beating, as a killed process does. */
  async stop(): Promise<void> {
    this.#check?.cancel();
    this.#worker.postMessage('stop' satisfies PulseOrder);
    await this.#worker.terminate();
  }

  #judge(now: number): void {
    this.#check?.cancel();
    const { suspects, nextMs } = this.#peers.judge(this.#session, now);
    for (const suspect of suspects) this.#listener.onSilent(suspect);
    if (nextMs === null) return;
    this.#check = systemClock.setTimeout(() => this.#judge(systemClock.monotonic()), nextMs + 1).unref();
  }

  #hear(message: PulseMessage): void {
    if (message.kind === 'polled') {
      // How long this process has not listened was planned before.
      this.listen(message.beats, message.serverMs);
      this.#pauseMs = message.pauseMs;
      this.#listener.onPolled?.(message.wakes, message.isLost);
    } else if (message.kind === 'beats') this.listen(message.beats, message.serverMs);
    else if (message.kind === 'connected') {
      if (this.#wasConnected) this.forgive();
      this.#wasConnected = true;
    } else if (message.session === this.#session) this.#listener.onGone(message.session);
  }
}
