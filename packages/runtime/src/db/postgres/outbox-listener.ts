import { Client, type ClientConfig } from 'pg';
import { toRaptorFlowError, type Clock, type Logger, type Timer } from 'raptorflow/kernel';

const channel = 'raptorflow_outbox';
const reconnectMs = 1_000;

/** The statement that tells listeners about events committed with its transaction by this process. */
export function announcementOf(sender: string): string {
  return `select pg_notify('${channel}', '${sender}')`;
}

/**
 * Hears of committed events on a connection of its own. While that is broken and tried again, the relay's slow poll takes its
 * place; after a reconnection it wakes the relay once, for what it has missed.
 */
export class OutboxListener {
  readonly #config: ClientConfig;
  readonly #sender: string;
  readonly #wake: () => void;
  readonly #clock: Clock;
  readonly #log: Logger;
  #client: Client | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  /** `sender` is this process's own, whose commits wake its relay themselves. */
  constructor(config: ClientConfig, sender: string, wake: () => void, clock: Clock, log: Logger) {
    this.#config = config;
    this.#sender = sender;
    this.#wake = wake;
    this.#clock = clock;
    this.#log = log;
  }

  async start(): Promise<void> {
    const client = new Client(this.#config);
    client.on('notification', ({ payload }) => {
      if (payload !== this.#sender) this.#wake();
    });
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, undefined));
    this.#client = client;
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
    } catch (error) {
      this.#lose(client, error);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  // Called once for each connection: an error is followed by its end.
  #lose(client: Client, error: unknown): void {
    if (this.#stopped || this.#client !== client) return;
    this.#client = undefined;
    this.#log.warn('The outbox is not told about events at once for now; it polls.', {
      error: error === undefined ? undefined : toRaptorFlowError(error),
    });
    this.#timer = this.#clock.setTimeout(() => {
      void this.start().then(() => this.#wake());
    }, reconnectMs);
  }
}
