import { isRaptorFlowError, RaptorFlowError, systemClock, type Timer } from '../../../kernel/index.ts';
import type { OpenedConnection } from '../../../storage/index.ts';
import { createClient, silenceMsMax, type Client, type RedisAddress } from './client.ts';
import type { Procedure } from './lua/procedure.ts';
import { procedureSets, type ProcedureSet } from './scripts.ts';

export type { RedisAddress } from './client.ts';

const lookEveryMs = 500;

/** What a connection tells. */
export interface ConnectionListener {
  /** What is done over it. Default `commands`. */
  readonly use?: OpenedConnection['use'];
  onReady?(): void;
  /** A command is being sent. */
  onCommand?(): void;
  onMessage?(channel: string, message: string): void;
}

/**
 * One connection to Redis (to all nodes of a cluster). It reconnects by itself; calls under way when it breaks, and calls while it is away,
 * reject at once with `unavailable`, because only the caller knows what may be repeated.
 */
export class Connection {
  readonly #client: Client;
  readonly #address: RedisAddress;
  readonly #look: Timer;
  readonly #listener: ConnectionListener;
  readonly #procedures: ProcedureSet;
  #hasFunctions = true;
  #loading: Promise<boolean> | undefined;
  #underWay = 0;
  /** What has been subscribed to. */
  #channels: readonly string[] = [];
  #era = 0;
  #heardAt = systemClock.monotonic();
  #lookedAt = systemClock.monotonic();
  /** Why the connection could not be made the last time; what calls are told says less. */
  #trouble: Error | undefined;
  #closed: (() => void) | undefined;

  private constructor(client: Client, address: RedisAddress, listener: ConnectionListener) {
    this.#client = client;
    this.#address = address;
    this.#listener = listener;
    this.#procedures = procedureSets[address.idle];
    client.on('ready', () => {
      this.#era += 1;
      if (this.#channels.length === 0) listener.onReady?.();
      else void this.#subscribeAgain();
    });
    client.on('message', (channel: string, message: string) => listener.onMessage?.(channel, message));
    // Real time: this is about sockets, not about events.
    this.#look = systemClock.setInterval(() => this.#lookForSilence(), lookEveryMs).unref();
    // Without a listener ioredis prints to the console; what matters reaches the callers as rejections.
    client.on('error', (error: Error) => (this.#trouble = error));
  }

  /** Connects. Rejects with `unavailable` when that fails, or when ioredis is not installed. */
  static async open(address: RedisAddress, listener: ConnectionListener = {}): Promise<Connection> {
    const client = await createClient(address);
    const connection = new Connection(client, address, listener);
    try {
      await client.connect();
    } catch (cause) {
      connection.close();
      throw unreachable(address, connection.#trouble ?? cause);
    }
    const { use = 'commands' } = listener;
    connection.#closed = address.onConnection?.({ use, close: () => client.disconnect() });
    return connection;
  }

  get isReady(): boolean {
    return this.#client.status === 'ready';
  }

  /** Changes whenever the connection was made anew, perhaps to another server. */
  get era(): number {
    return this.#era;
  }

  /** Runs a procedure on the node of the first key; the server learns it where it does not know it yet. */
  async run(what: Procedure, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    if (this.#hasFunctions) {
      try {
        return await this.#ask(() =>
          this.#client.call('fcall', this.#procedures.library.nameOf(what), keys.length, ...keys, ...args),
        );
      } catch (error) {
        if (!isUnknownFunction(error)) throw error;
        if (await this.#load()) return this.run(what, keys, args);
      }
    }
    const { digest, script } = this.#procedures.of(what);
    try {
      return await this.#ask(() => this.#client.evalsha(digest, keys.length, ...keys, ...args));
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.#ask(() => this.#client.eval(script, keys.length, ...keys, ...args));
    }
  }

  /** Any other command. */
  call(name: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#ask(() => this.#client.call(name, ...args));
  }

  /** Whether a connection of this name is open, on any node; null where the server does not tell. */
  async isNamed(name: string): Promise<boolean | null> {
    if (this.#address.idle === 'polling') return null;
    const clients = 'nodes' in this.#client ? this.#client.nodes('master') : [this.#client];
    try {
      const lists = await Promise.all(
        clients.map((client) => this.#ask(() => client.call('client', 'list'))),
      );
      return lists.some((list) => String(list).includes(` name=${name} `));
    } catch {
      return null;
    }
  }

  /** Hears these channels from now on, and again after the connection was away; then `onReady` is told when it hears them. */
  async subscribe(channels: readonly string[]): Promise<void> {
    await this.#ask(() => this.#client.subscribe(...channels));
    this.#channels = channels;
  }

  // Not left to ioredis, whose own way ends the process when the connection breaks again in the middle of it.
  async #subscribeAgain(): Promise<void> {
    try {
      await this.#ask(() => this.#client.subscribe(...this.#channels));
    } catch {
      // The connection broke again; the next one begins here again.
      return;
    }
    this.#listener.onReady?.();
  }

  /** Breaks the connection for good, without a word to the server. */
  close(): void {
    this.#look.cancel();
    this.#client.disconnect();
    this.#closed?.();
  }

  async #ask(send: () => Promise<unknown>): Promise<unknown> {
    this.#listener.onCommand?.();
    if (this.#underWay === 0) this.#heardAt = systemClock.monotonic();
    this.#underWay += 1;
    try {
      return await send();
    } catch (error) {
      throw isConnectionError(error) ? away(this.#address, error) : error;
    } finally {
      this.#underWay -= 1;
      this.#heardAt = systemClock.monotonic();
    }
  }

  // Teaches all nodes the library; false, and never asked again, where functions are unknown (before Redis 7) or not allowed.
  #load(): Promise<boolean> {
    this.#loading ??= (async () => {
      const clients = 'nodes' in this.#client ? this.#client.nodes('master') : [this.#client];
      try {
        await Promise.all(
          clients.map((client) =>
            this.#ask(() => client.call('function', 'load', 'replace', this.#procedures.library.text)),
          ),
        );
      } catch (error) {
        if (isConnectionError(error)) throw error;
        this.#hasFunctions = false;
      } finally {
        this.#loading = undefined;
      }
      return this.#hasFunctions;
    })();
    return this.#loading;
  }

  // A process whose own event loop stood still has heard nothing either; that says nothing of the other side.
  #lookForSilence(): void {
    const now = systemClock.monotonic();
    if (now - this.#lookedAt > 2 * lookEveryMs) this.#heardAt = now;
    this.#lookedAt = now;
    if (this.#underWay === 0 || now - this.#heardAt < silenceMsMax || !this.isReady) return;
    this.#heardAt = now;
    this.#client.disconnect(true);
  }
}

// Redis 7 does not know the library yet, an older one not even the command, and a user may not be allowed either.
function isUnknownFunction(error: unknown): boolean {
  return error instanceof Error && /Function not found|unknown command|NOPERM/u.test(error.message);
}

/** Whether an error tells of the connection, and not of what was asked. */
export function isConnectionError(error: unknown): boolean {
  if (isRaptorFlowError(error, 'unavailable')) return true;
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    error.name === 'ClusterAllFailedError' ||
    error.name === 'AbortError' ||
    code.startsWith('E') ||
    /Connection is closed|isn't writeable|Socket timeout|CLUSTERDOWN|LOADING|MASTERDOWN|READONLY|UNBLOCKED|TRYAGAIN/u.test(
      error.message,
    )
  );
}

/** `unavailable`, naming the server without its password. */
function unreachable(address: RedisAddress, cause: unknown): RaptorFlowError {
  return new RaptorFlowError(
    'unavailable',
    `Redis at ${placesOf(address)} cannot be reached (${reasonOf(cause)}); check that it runs and that address, password and TLS are right.`,
    { cause },
  );
}

function away(address: RedisAddress, cause: unknown): RaptorFlowError {
  return new RaptorFlowError(
    'unavailable',
    `Redis at ${placesOf(address)} does not answer; see that it runs. The connection is made again by itself, so try again then.`,
    { cause },
  );
}

function placesOf({ url, cluster, sentinels }: RedisAddress): string {
  return [url, ...(cluster ?? []), ...(sentinels?.nodes ?? [])]
    .filter((place) => place !== undefined)
    .map((place) => {
      const { hostname, port } = new URL(place);
      return `${hostname}:${port === '' ? 6379 : port}`;
    })
    .join(', ');
}

// A host with several addresses fails with several errors and no message of its own.
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}
