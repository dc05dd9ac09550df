import type { EngineHost } from '../../engine.ts';
import type { PollingReport } from '../../report.ts';
import { RaptorFlowError, systemClock } from '../../../kernel/index.ts';
import type { Connection, RedisAddress } from './connection.ts';
import type { ResolvedRedisOptions } from './options.ts';
import type { PolledWake } from './pulse-messages.ts';
import { frozenMsMax, type Suspect } from './peers.ts';
import { Pulse } from './pulse.ts';
import { pairsOf } from './replies.ts';
import { scripts } from './scripts.ts';
import { processOf } from './session-name.ts';

const died = 'ProcessDied: the process ended while it handled the event.';
/** A clock that differs more from the server’s is warned of. */
const skewWarningMs = 2_000;

/** What sessions need of the engine. */
export interface SessionsHost {
  readonly options: ResolvedRedisOptions;
  readonly keys: readonly string[];
  /** Hashes of members and definitions of groups. */
  readonly groupKeys: readonly [string, string];
  readonly connection: Connection;
  readonly host: EngineHost;
  /** This process was taken for dead. */
  onLost(): void;
  /** Another one was, and its events are free. */
  onTakenOver(): void;
  /** A poll was answered. */
  onPolled(wakes: readonly PolledWake[], isLost: boolean): void;
}

/** This process's presence among the others: it lives as long as it beats, and takes over from those that do not. */
export class Sessions {
  readonly #host: SessionsHost;
  readonly #pulse: Pulse;
  readonly #beats: string;
  readonly #wakes: string;
  readonly #ending = new Set<string>();
  #id = '';
  #skewMs = 0;
  #renewals = 0;

  constructor(host: SessionsHost) {
    this.#host = host;
    const { prefix, polling } = host.options;
    this.#beats = `{${prefix}}:beats`;
    this.#wakes = `{${prefix}}:wakes`;
    const address = addressOf(host.options);
    this.#pulse = new Pulse(
      { address, key: this.#beats, wakesKey: this.#wakes, polling },
      {
        onPolled: (wakes, isLost) => host.onPolled(wakes, isLost),
        onSilent: (suspect) => void this.#takeOver(suspect),
        onGone: (session) => {
          if (session === this.#id) host.onLost();
        },
      },
      host.options.onConnection,
    );
  }

  get id(): string {
    return this.#id;
  }

  /** Processes that live, this one included. */
  get peers(): number {
    return this.#pulse.peers;
  }

  get skewMs(): number {
    return this.#skewMs;
  }

  /** The first beat, over a connection that is named after the session; afterwards a thread beats. Whoever has been silent for long by now is taken over at once. */
  async begin(session: string): Promise<void> {
    await this.#beatFirst(session);
    await this.takeStrays();
  }

  /**
   * Takes over from sessions that a partition knows and that are on no list any more: a late turn of one that had been given up can make it
   * known again, and then its process may die.
   */
  async takeStrays(): Promise<void> {
    const { connection, keys } = this.#host;
    // In this order: whoever is known to a partition was on the list before.
    const known = await Promise.all(keys.map((key) => connection.call('hkeys', `${key}sg`)));
    const listed = new Set(
      pairsOf(await connection.call('hgetall', this.#beats)).map(([session]) => session),
    );
    const strays = new Set((known as string[][]).flat().filter((session) => !listed.has(session)));
    for (const stray of strays) await this.#giveBack(stray);
  }

  /** What polling costs and means; null where nobody polls. */
  polling(commandsPerHour: number): PollingReport | null {
    const { idle, polling } = this.#host.options;
    if (idle !== 'polling') return null;
    const { pauseMs } = this.#pulse;
    return { commandsPerHour, pauseMs, takeoverMsMax: polling.pauseMsMax + frozenMsMax };
  }

  /** Something happens here, so that others may soon have something to say. */
  hurry(): void {
    this.#pulse.hurry();
  }

  /** A new session, after the old one was lost. */
  async renew(): Promise<void> {
    const lost = this.#id;
    this.#renewals += 1;
    await this.#beatFirst(`${processOf(lost)}.${this.#renewals}`);
    // A turn of the lost session that came late may have made it known to a partition once more, where nobody would look for it.
    await this.#giveBack(lost);
  }

  /** The connection is back after it was away: so may be those of the others. */
  forgive(): void {
    this.#pulse.forgive();
  }

  /** Ends the session, leaving nothing for others to take over. */
  async quit(): Promise<void> {
    await this.#end(this.#id, 'quit');
    await this.#giveBack(this.#id);
    await this.#end(this.#id, 'forget');
  }

  async stop(): Promise<void> {
    await this.#pulse.stop();
  }

  async #beatFirst(session: string): Promise<void> {
    const { connection, host } = this.#host;
    this.#id = session;
    const { idle, polling, prefix } = this.#host.options;
    const aheadMs = idle === 'polling' ? polling.pauseMsMax : 0;
    const keys = [this.#beats, `{${prefix}}:idle`, this.#wakes];
    const answer = (await connection.run(scripts.beginSession, keys, [
      session,
      idle,
      aheadMs,
    ])) as BeginAnswer;
    if (answer.length === 1) throw otherwise(prefix, answer[0]);
    const [, time, beats, last] = answer;
    const serverMs = Number(time);
    const skewMs = Math.abs(serverMs - host.clock.now());
    // A clock that was put in by hand is meant to differ.
    this.#skewMs = host.clock === systemClock && skewMs > skewWarningMs ? skewMs : 0;
    this.#pulse.beatFor(session, serverMs, last);
    this.#pulse.listen(pairsOf(beats), serverMs);
  }

  async #takeOver({ session, beat, isFrozen }: Suspect): Promise<void> {
    if (this.#ending.has(session)) return;
    this.#ending.add(session);
    try {
      const { connection, host } = this.#host;
      // A dead process has no connection; one that has is slow, until it has been slow for too long.
      if (!isFrozen && (await connection.isNamed(processOf(session))) !== false) return;
      if (Number(await this.#end(session, 'silent', beat)) !== 1) return;
      const count = await this.#giveBack(session);
      // Only now: had this process died before, another one would find the session and go on.
      await this.#end(session, 'forget');
      host.log.warn('A process has died or was cut off; events in its hands are handed out again.', {
        session,
        count,
      });
      this.#host.onTakenOver();
    } catch {
      // Somebody else does it, or the next beat tells again.
    } finally {
      this.#ending.delete(session);
    }
  }

  // Answers how many events are free again.
  async #giveBack(session: string): Promise<number> {
    const { connection, host, keys } = this.#host;
    const now = Math.floor(host.clock.now());
    const counts = await Promise.all(
      keys.map((key) => connection.run(scripts.takeOver, [key], [now, session, died])),
    );
    return counts.reduce<number>((sum, one) => sum + Number(one), 0);
  }

  #end(session: string, why: 'quit' | 'silent' | 'forget', beat = ''): Promise<unknown> {
    const { connection, groupKeys, host } = this.#host;
    const args = [session, why, beat, Math.floor(host.clock.now())];
    return connection.run(scripts.endSession, [this.#beats, ...groupKeys], args);
  }
}

type BeginAnswer = readonly [string] | readonly [string, string, unknown, string];

// Two ways side by side would hide from each other that there is work.
function otherwise(prefix: string, way: string): RaptorFlowError {
  return new RaptorFlowError(
    'conflict',
    `Processes that work under the prefix "${prefix}" on this Redis have idle "${way}"; all of them need the same. Give this one the same, or stop the others first.`,
    { details: { idle: way } },
  );
}

// Only what a thread can be given.
function addressOf({ url, sentinels, cluster, tls, idle }: RedisAddress): RedisAddress {
  return { url, sentinels, cluster, tls, idle };
}
