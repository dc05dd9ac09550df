import type { Logger } from '../../../kernel/index.ts';
import type { StoredEvent } from '../../engine.ts';
import type { Connection } from './connection.ts';
import type { LogReader } from './log-reader.ts';
import { scripts } from './scripts.ts';

/** What watching needs of the engine. */
export interface WatchingHost {
  readonly keys: readonly string[];
  readonly connection: Connection;
  readonly reader: LogReader;
  sessionId(): string;
  now(): number;
  readonly log: Logger;
}

/** Follows the logs of all partitions for live subscriptions. Wakes only say that there is more; what, is read from the log, so none is missed. */
export class Watching {
  readonly #host: WatchingHost;
  readonly #listeners = new Set<(events: readonly StoredEvent[]) => void>();
  readonly #positions: number[];
  readonly #reading: ('no' | 'yes' | 'again')[];
  #registered: Promise<void> | undefined;
  #isClosed = false;

  constructor(host: WatchingHost) {
    this.#host = host;
    this.#positions = host.keys.map(() => 0);
    this.#reading = host.keys.map(() => 'no');
  }

  /** Resolves when the listener sees every event that is stored from then on. */
  async add(listener: (events: readonly StoredEvent[]) => void): Promise<() => void> {
    this.#registered ??= this.#watchAll(true);
    await this.#registered;
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#isClosed) return;
      this.#registered = undefined;
      void this.#watchAll(false).catch(() => undefined);
    };
  }

  /** Tells Redis of a new session that watches; events since are not lost. */
  async register(): Promise<void> {
    if (this.#registered) await this.#tell('1');
  }

  /** There may be more in a log, which ends at `log` as far as is known. */
  wake(partition: number, log: number = Number.POSITIVE_INFINITY): void {
    if (this.#listeners.size === 0 || this.#isClosed || log <= (this.#positions[partition] ?? 0)) return;
    if (this.#reading[partition] !== 'no') {
      this.#reading[partition] = 'again';
      return;
    }
    void this.#read(partition);
  }

  wakeAll(): void {
    for (let partition = 0; partition < this.#positions.length; partition += 1) this.wake(partition);
  }

  close(): void {
    this.#isClosed = true;
    this.#listeners.clear();
  }

  async #watchAll(on: boolean): Promise<void> {
    const heads = await this.#tell(on ? '1' : '0');
    if (on) for (const [partition, head] of heads.entries()) this.#positions[partition] = Number(head);
  }

  #tell(on: '1' | '0'): Promise<unknown[]> {
    const host = this.#host;
    const now = Math.floor(host.now());
    return Promise.all(
      host.keys.map((key) => host.connection.run(scripts.watch, [key], [now, host.sessionId(), on])),
    );
  }

  // A wake may have come while the log was read.
  #isWanted(partition: number): boolean {
    return this.#reading[partition] === 'again';
  }

  async #read(partition: number): Promise<void> {
    do {
      this.#reading[partition] = 'yes';
      try {
        this.#positions[partition] = await this.#host.reader.follow(
          partition,
          this.#positions[partition] ?? 0,
          (events) => {
            if (events.length > 0) for (const listener of this.#listeners) listener(events);
          },
        );
      } catch (error) {
        // The position stands where it was; the connection's return wakes again.
        this.#host.log.debug('A live subscription could not read on.', { partition, error });
        break;
      }
    } while (this.#isWanted(partition));
    this.#reading[partition] = 'no';
  }
}
