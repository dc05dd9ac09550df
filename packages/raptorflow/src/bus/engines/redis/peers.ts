import { reconnectMsMax } from './client.ts';

/** A process beats once a second … */
export const beatEveryMs = 1_000;
/** … the others listen a little later … */
export const hearAfterMs = 250;
/** … and one that has not beaten for so long, and that has no connection any more, is dead: within two seconds its events are with others. */
export const silenceMsMax = 1_500;
/** One that is still connected may only be slow; after so long it is taken for frozen. Processes that poll cannot see connections, and always wait so long. */
export const frozenMsMax = 5_000;

/** A session that seems to be dead. */
export interface Suspect {
  readonly session: string;
  /** Its beat, as it stood all the while. */
  readonly beat: string;
  /** It was silent for so long that a connection does not speak for it any more. */
  readonly isFrozen: boolean;
}

interface Peer {
  beat: string;
  /** When it was made, in this process's time, or a little later. */
  since: number;
}

/** The sessions whose beats this process has heard, and which of them have been silent for too long. All times are milliseconds of one monotonic clock of this process. */
export class Peers {
  readonly #isPolling: boolean;
  readonly #known = new Map<string, Peer>();
  #heardAt: number;
  #forgivenAt = Number.NEGATIVE_INFINITY;

  /** While processes poll, a beat vouches for the time until the next one. */
  constructor(isPolling: boolean, now: number) {
    this.#isPolling = isPolling;
    this.#heardAt = now;
  }

  /** Those that are not given up. */
  get count(): number {
    return [...this.#known.values()].filter(({ beat }) => beat !== '0').length;
  }

  /** When beats were heard last. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Takes note of everybody's beats, heard now, which is `serverMs` in the server's time, in which beats are given. */
  hear(beats: readonly (readonly [string, string])[], serverMs: number, now: number): void {
    const heardBefore = this.#heardAt;
    this.#heardAt = now;
    const present = new Set(beats.map(([session]) => session));
    for (const session of this.#known.keys()) if (!present.has(session)) this.#known.delete(session);
    for (const [session, beat] of beats) {
      const peer = this.#known.get(session);
      const madeAt = now - (serverMs - Number(beat));
      const latest = this.#isPolling ? Math.max(now, madeAt) : now;
      if (!peer) {
        // Somebody new whose last beat is young is as old as it says; of an old one nobody knows why it is old.
        const isYoung = madeAt <= now && now - madeAt <= beatEveryMs + hearAfterMs;
        const since = isYoung && !this.#isPolling ? Math.max(madeAt, this.#forgivenAt) : latest;
        this.#known.set(session, { beat, since });
      } else if (peer.beat !== beat) {
        // It was made since this process listened last, whatever clocks say.
        const since = Math.min(latest, Math.max(heardBefore, madeAt));
        // One from before an outage, which was not heard in time, does not tell that its process was silent after it.
        Object.assign(peer, { beat, since: madeAt < this.#forgivenAt ? Math.max(since, peer.since) : since });
      }
    }
  }

  /** Nobody could be heard for a while: the server was away, or this process was. Everybody gets the time to come back, and then to beat. */
  forgive(now: number): void {
    this.#forgivenAt = now;
    for (const peer of this.#known.values()) peer.since = Math.max(peer.since, now + reconnectMsMax);
  }

  /** Who seems to be dead, besides the own session, and in how many milliseconds the next one may; null when the next hearing tells in time. */
  judge(own: string, now: number): { readonly suspects: readonly Suspect[]; readonly nextMs: number | null } {
    const limit = this.#isPolling ? frozenMsMax : silenceMsMax;
    const suspects: Suspect[] = [];
    let nextMs: number | null = null;
    for (const [session, { beat, since }] of this.#known) {
      if (session === own) continue;
      const silentMs = now - since;
      // A session whose beat is 0 was given up by somebody who may have died over it.
      if (silentMs >= limit || beat === '0') {
        suspects.push({ session, beat, isFrozen: silentMs >= frozenMsMax || beat === '0' });
      } else if (silentMs >= beatEveryMs || this.#isPolling) {
        // One that missed a beat is dead then, and not only when the next hearing tells.
        nextMs = Math.min(nextMs ?? Number.POSITIVE_INFINITY, limit - silentMs);
      }
    }
    return { suspects, nextMs };
  }
}
