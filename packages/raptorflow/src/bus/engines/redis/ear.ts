import type { Clock, Timer } from '../../../kernel/index.ts';
import { Connection, type RedisAddress } from './connection.ts';
import type { Delivering } from './delivering.ts';
import type { PartitionTurns } from './partition-turns.ts';
import type { PolledWake } from './pulse-messages.ts';
import type { Watching } from './watching.ts';

/**
 * Every partition is looked at this often although nobody woke us. Wakes get lost with connections only, whose return is a reason to look by itself;
 * those that are read from a list do not get lost.
 */
const lookEveryMs = { subscribing: 300_000, polling: 3_600_000 };

/** What hearing needs of the engine; parts may be missing before it is open. */
export interface EarHost {
  readonly address: RedisAddress;
  readonly keys: readonly string[];
  isOpen(): boolean;
  sessionId(): string;
  delivering(): Delivering | undefined;
  watching(): Watching | undefined;
  turns(): readonly PartitionTurns[];
  takeStrays(): Promise<void>;
}

/** Hears what others say of partitions, over a subscription of its own or by polls, and wakes who is to know. */
export class Ear {
  readonly #host: EarHost;
  readonly #channels: readonly string[];
  #connection: Connection | undefined;
  #look: Timer | undefined;

  constructor(host: EarHost) {
    this.#host = host;
    this.#channels = host.keys.map((key) => `${key}wake`);
  }

  async connect(): Promise<void> {
    if (this.#host.address.idle === 'polling') return;
    this.#connection = await Connection.open(this.#host.address, {
      use: 'subscription',
      onReady: () => this.hearAgain(),
      onMessage: (channel, message) => this.#hear(channel, message),
    });
  }

  async subscribe(): Promise<void> {
    await this.#connection?.subscribe(this.#channels);
  }

  /** Looks everywhere, now and from time to time. */
  start(clock: Clock): void {
    this.lookEverywhere();
    this.#look = clock.setInterval(() => this.lookEverywhere(), lookEveryMs[this.#host.address.idle]);
  }

  close(): void {
    this.#look?.cancel();
    this.#connection?.close();
  }

  lookEverywhere(): void {
    void this.#host.takeStrays().catch(() => undefined);
    for (const [partition, turns] of this.#host.turns().entries()) {
      this.#host.delivering()?.wake(partition);
      turns.lookAround();
    }
  }

  /** What was said while nobody listened is not said again. */
  hearAgain(): void {
    if (!this.#host.isOpen()) return;
    this.lookEverywhere();
    this.#host.watching()?.wakeAll();
  }

  /** A poll was answered; more may have happened than the list keeps. */
  hearPolled(wakes: readonly PolledWake[], isLost: boolean): void {
    // Whoever polls is not told what it said itself.
    for (const wake of wakes) this.#wake(wake, '');
    if (isLost) this.hearAgain();
  }

  #hear(channel: string, message: string): void {
    const partition = this.#channels.indexOf(channel);
    if (partition < 0) return;
    const [session = '', appended, ...groups] = message.split(' ');
    // How far the log goes by now, only reading tells.
    const log = appended === '1' ? Number.POSITIVE_INFINITY : 0;
    this.#wake({ partition, log, groups: groups.filter(Boolean) }, session);
  }

  #wake({ partition, log, groups }: PolledWake, session: string): void {
    const host = this.#host;
    if (!host.isOpen()) return;
    if (log > 0) host.watching()?.wake(partition, log);
    if (groups.includes('*')) {
      host.delivering()?.wake(partition);
      host.turns()[partition]?.lookAround();
    } else if (session !== host.sessionId() && groups.length > 0) {
      host.delivering()?.wake(partition, ...groups);
    }
  }
}
