import { Client, type ClientConfig } from 'pg';
import { RaptorFlowError, type Clock, type Logger, type Timer } from 'raptorflow/kernel';
import { toDatabaseError } from './postgres-errors.ts';

/** Any number that nothing else on the database takes; it spells "raptor" and one more. */
const lockKey = 0x726170746f73;

const retryMs = 1_000;
/** A process that was just killed still has its connection for a moment. */
const attemptsMax = 4;
const attemptPauseMs = 500;

// A machine that is gone must not hold its lock for the two hours after which systems give up a silent connection.
const keepAlive =
  'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3';

/**
 * Says on a connection of its own how many processes may use the database: one that keeps a part of its data elsewhere
 * wants to be alone, those that share everything only exclude that one. A connection that breaks is replaced, and the lock
 * is taken again.
 */
export class ProcessLock {
  readonly #config: ClientConfig;
  readonly #processes: 'one' | 'many';
  readonly #clock: Clock;
  readonly #log: Logger;
  #client: Client | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(config: ClientConfig, processes: 'one' | 'many', clock: Clock, log: Logger) {
    this.#config = config;
    this.#processes = processes;
    this.#clock = clock;
    this.#log = log;
  }

  /** Rejects with `conflict` when a process excludes this one, and with `unavailable`. */
  async start(): Promise<void> {
    for (let attempt = 1; !(await this.#take()); attempt += 1) {
      if (attempt === attemptsMax) throw this.#refusal();
      await this.#clock.sleep(attemptPauseMs);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#drop();
  }

  async #take(): Promise<boolean> {
    const client = new Client(this.#config);
    client.on('error', () => this.#lose(client));
    client.on('end', () => this.#lose(client));
    const name = this.#processes === 'one' ? 'pg_try_advisory_lock' : 'pg_try_advisory_lock_shared';
    try {
      await client.connect();
      await client.query(keepAlive);
      const { rows } = await client.query<{ taken: boolean }>(`select ${name}($1) as taken`, [lockKey]);
      if (rows[0]?.taken === true) {
        this.#client = client;
        return true;
      }
    } catch (error) {
      await client.end().catch(() => undefined);
      throw toDatabaseError(error);
    }
    await client.end();
    return false;
  }

  #lose(client: Client): void {
    if (this.#stopped || this.#client !== client) return;
    this.#client = undefined;
    this.#plan();
  }

  #plan(): void {
    this.#timer = this.#clock.setTimeout(() => void this.#takeAgain(), retryMs);
  }

  async #takeAgain(): Promise<void> {
    try {
      if (await this.#take()) {
        if (this.#stopped) await this.#drop();
        return;
      }
      this.#log.error(this.#refusal().message);
    } catch {
      // PostgreSQL is still away; health tells of it.
    }
    if (!this.#stopped) this.#plan();
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  #refusal(): RaptorFlowError {
    return new RaptorFlowError(
      'conflict',
      this.#processes === 'one'
        ? 'Another RaptorFlow process uses the database of DATABASE_URL. Several processes need REDIS_URL as well, the same for all; or stop the other one.'
        : 'A RaptorFlow process without Redis has the database of DATABASE_URL to itself. Give that one the same REDIS_URL, or stop it.',
    );
  }
}
