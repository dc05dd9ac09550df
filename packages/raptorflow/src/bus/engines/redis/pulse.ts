import { Worker } from 'node:worker_threads';
import { systemClock, type Timer } from '../../../kernel/index.ts';
import type { PolledWake, PulseMessage, PulseOrder, PulseSettings } from './pulse-messages.ts';

/** A process beats once a second, the others listen a little later … */
const beatEveryMs = 1_000;
const hearAfterMs = 250;
/** … and one that has not beaten for so long, and that has no connection any more, is dead: within two seconds its events are with others. */
const silenceMsMax = 1_500;
/** One that is still connected may only be slow; after so long it is taken for frozen. Processes that poll cannot see connections, and always wait so long. */
export const frozenMsMax = 5_000;
/** Who could not listen for so long says nothing about others. */
const deafMsMax = 2_500;

/** A session that seems to be dead. */
export interface Suspect {
  readonly session: string;
  /** Its beat, as it stood all the while. */
  readonly beat: string;
  /** It was silent for so long that a connection does not speak for it any more. */
  readonly isFrozen: boolean;
}

/** What the pulse tells. */
export interface PulseListener {
  onSilent(suspect: Suspect): void;
  /** This process's session was given up by others. */
  onGone(session: string): void;
  /** A poll was answered. */
  onPolled?(wakes: readonly PolledWake[], isLost: boolean): void;
}

interface Peer {
  beat: string;
  /** When it was made, in this process's time, or a little later. */
  since: number;
}

/** The beats of this process and its ear for those of others. Times here are real ones: a beat is about processes, not about events. */
export class Pulse {
  readonly #worker: Worker;
  readonly #listener: PulseListener;
  readonly #peers = new Map<string, Peer>();
  readonly #isPolling: boolean;
  readonly #pauseMsMin: number;
  #pauseMs = 0;
  #session = '';
  /** The thread has been connected for this session before, so that a further time tells of an outage. */
  #wasConnected = false;
  #heardAt = systemClock.monotonic();
  #check: Timer | undefined;

  constructor(
    { address, ...settings }: Pick<PulseSettings, 'address' | 'key' | 'wakesKey' | 'polling'>,
    listener: PulseListener,
  ) {
    this.#listener = listener;
    this.#isPolling = address.idle === 'polling';
    this.#pauseMsMin = settings.polling.pauseMsMin;
    const fromSource = import.meta.url.endsWith('.ts');
    const url = new URL(fromSource ? './pulse-worker.ts' : './pulse-worker.js', import.meta.url);
    const workerData: PulseSettings = { ...settings, address, everyMs: beatEveryMs, hearAfterMs };
    this.#worker = new Worker(url, { workerData });
    this.#worker.on('message', (message: PulseMessage) => this.#hear(message));
    // Without beats others take this process for dead; its late acknowledgements are then fenced, so nothing is handled twice unnoticed.
    this.#worker.on('error', () => undefined);
    this.#worker.unref();
  }

  /** Processes that live, this one included, as far as this one has heard. */
  get peers(): number {
    return Math.max(1, [...this.#peers.values()].filter(({ beat }) => beat !== '0').length);
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
    if (now - this.#heardAt >= this.#pauseMs + deafMsMax) this.forgive();
    const heardBefore = this.#heardAt;
    this.#heardAt = now;
    const present = new Set(beats.map(([session]) => session));
    for (const session of this.#peers.keys()) if (!present.has(session)) this.#peers.delete(session);
    for (const [session, beat] of beats) {
      const peer = this.#peers.get(session);
      const madeAt = now - (serverMs - Number(beat));
      // A beat of a process that polls vouches for the time until its next one.
      const latest = this.#isPolling ? Math.max(now, madeAt) : now;
      // Somebody new whose last beat is young is as old as it says; of an old one nobody knows why it is old.
      const isYoung = madeAt <= now && now - madeAt <= beatEveryMs + hearAfterMs;
      if (!peer) this.#peers.set(session, { beat, since: isYoung && !this.#isPolling ? madeAt : latest });
      else if (peer.beat !== beat) {
        // It was made since this process listened last, whatever clocks say.
        Object.assign(peer, { beat, since: Math.min(latest, Math.max(heardBefore, madeAt)) });
      }
    }
    this.#judge(now);
  }

  /** Nobody could be heard for a while: the server was away, or this process was. Everybody gets the time to come back. */
  forgive(): void {
    const now = systemClock.monotonic();
    for (const peer of this.#peers.values()) peer.since = Math.max(peer.since, now);
  }

  /** Stops beating, as a killed process does. */
  async stop(): Promise<void> {
    this.#check?.cancel();
    this.#worker.postMessage('stop' satisfies PulseOrder);
    await this.#worker.terminate();
  }

  #judge(now: number): void {
    this.#check?.cancel();
    let next = Number.POSITIVE_INFINITY;
    for (const [session, { beat, since }] of this.#peers) {
      if (session === this.#session) continue;
      const silentMs = now - since;
      // A session whose beat is 0 was given up by somebody who may have died over it.
      if (silentMs >= this.#silenceMsMax || beat === '0') {
        this.#listener.onSilent({ session, beat, isFrozen: silentMs >= frozenMsMax || beat === '0' });
      } else if (silentMs >= beatEveryMs || this.#isPolling) {
        next = Math.min(next, this.#silenceMsMax - silentMs);
      }
    }
    // One that missed a beat is dead then, and not only when the next hearing tells.
    if (next === Number.POSITIVE_INFINITY) return;
    this.#check = systemClock.setTimeout(() => this.#judge(systemClock.monotonic()), next + 1).unref();
  }

  get #silenceMsMax(): number {
    return this.#isPolling ? frozenMsMax : silenceMsMax;
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
