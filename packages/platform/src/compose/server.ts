/** The program: API, worker and dashboard over the stores of one directory, started and stopped in order. */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSociety, type Society } from '@raptorflow/society';
import {
  createIds,
  Lifecycle,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
  type Service,
} from 'raptorflow/kernel';
import { createMetrics } from 'raptorflow/metrics';
import { lockDirectory, type DirectoryLock } from 'raptorflow/storage';
import type { Config } from '../config.ts';
import { createHealth } from '../health/health.ts';
import type { Http } from './http.ts';
import { healthParts } from './probes.ts';
import { createRuntime, type Runtime } from './runtime.ts';
import { createStores, storeFiles, type CommonDeps, type Stores } from './stores.ts';
import { version } from '../version.ts';

/** A started program. */
export interface RunningServer {
  /** Where it listens. */
  readonly url: string;
  /** Its data directory, absolute. */
  readonly home: string;
  readonly environment: Config['environment'];
  readonly profile: 'embedded' | 'distributed';
  /** From the beginning of `startServer` until it listened, in milliseconds. */
  readonly startedInMs: number;
  /** A token of the local user with the operator's rights, for programs on this machine. */
  readonly localToken: string;
  readonly localUserId: string;
  /** The address of a new one-time sign-in link. Throws `forbidden` in production. */
  signInLink(): Promise<string>;
  /** Bytes of the stores on disk. */
  storedBytes(): number;
  /** Stops taking requests and events, lets finish what is in hand until the deadline, and closes the stores. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/** What may be injected. */
export interface ServerDeps {
  readonly log?: Logger;
  readonly clock?: Clock;
}

/** A local token is good for as long as the program is likely to run. */
const localTokenMs = 365 * 86_400_000;

/**
 * Starts the program. Throws `directory_locked` when another process owns the data directory, `unavailable` when the port
 * is taken or PostgreSQL cannot be reached; then nothing is left running.
 */
export async function startServer(config: Config, deps: ServerDeps = {}): Promise<RunningServer> {
  const clock = deps.clock ?? systemClock;
  const began = clock.monotonic();
  const log = deps.log ?? silentLogger;
  const common: CommonDeps = { clock, ids: createIds({ clock }), log, meter: createMetrics({}, { clock }) };
  mkdirSync(config.home, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(config.home, { owner: 'raptorflow' }, { clock });
  const program = new Program(config, common, lock);
  try {
    await program.start();
  } catch (error) {
    await program.stop({ deadlineMs: 1_000 }).catch(() => undefined);
    throw error;
  }
  return program.describe(clock.monotonic() - began);
}

class Program implements Service {
  readonly #config: Config;
  readonly #common: CommonDeps;
  readonly #lock: DirectoryLock;
  readonly #stores: Stores;
  readonly #runtime: Runtime;
  readonly #society: Society;
  readonly #lifecycle: Lifecycle;
  #http: Http | undefined;
  #local: { userId: string; token: string } | undefined;

  constructor(config: Config, common: CommonDeps, lock: DirectoryLock) {
    this.#config = config;
    this.#common = common;
    this.#lock = lock;
    this.#stores = createStores(config, common);
    this.#runtime = createRuntime(config, this.#stores, common);
    const { db, bus } = this.#stores;
    const { runs, documents, agents, costs, identity, modelMark } = this.#runtime;
    this.#society = createSociety(
      {},
      {
        bus,
        db,
        runs,
        documents,
        agents,
        modelMark,
        costOf: async (workspaceId, campaignId) =>
          (await costs.total(workspaceId, { campaignId })).costMicroUsd,
        workspaceIds: async () => (await identity.workspaces.listAll()).map((workspace) => workspace.id),
        clock: common.clock,
        ids: common.ids,
        logger: common.log,
      },
    );
    this.#lifecycle = new Lifecycle('the server', {
      start: () => this.#start(),
      stop: ({ deadlineMs }) => this.#stop(deadlineMs),
    });
  }

  get state(): Service['state'] {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: { readonly deadlineMs?: number }): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  describe(startedInMs: number): RunningServer {
    const http = this.#http;
    const local = this.#local;
    if (!http || !local) throw new RaptorFlowError('unavailable', 'The server has not started.');
    return {
      url: http.url,
      home: this.#config.home,
      environment: this.#config.environment,
      profile: 'embedded',
      startedInMs,
      localToken: local.token,
      localUserId: local.userId,
      signInLink: async () => (await http.signInLink(local.userId)).url,
      storedBytes: () => storedBytes(this.#config.home),
      stop: (options) => this.stop(options),
    };
  }

  async #start(): Promise<void> {
    const { db, bus, relay } = this.#stores;
    const { identity } = this.#runtime;
    // The web framework is read while the stores open in their threads: they take about as long as each other.
    const loading = import('./http.ts');
    const startedAtMs = this.#common.clock.now();
    await Promise.all([db.start(), bus.start()]);
    await relay.start();
    const user = await identity.ensureLocalUser();
    await identity.workspaces.ensureFirst(user.id);
    const { token } = await identity.issueToken({ operator: true, ttlMs: localTokenMs });
    this.#local = { userId: user.id, token };
    await this.#society.start();
    const health = createHealth(
      healthParts(this.#config, this.#stores, this.#runtime, this.#society),
      this.#common.clock,
    );
    const { createHttp } = await loading;
    this.#http = await createHttp(
      this.#config,
      { stores: this.#stores, runtime: this.#runtime, society: this.#society, health, startedAtMs, version },
      this.#common,
    );
    this.#writeServerFile(this.#http.url, user.id, token, startedAtMs);
  }

  async #stop(deadlineMs: number): Promise<void> {
    const { clock } = this.#common;
    const deadline = clock.monotonic() + deadlineMs;
    const left = (): { deadlineMs: number } => ({ deadlineMs: Math.max(100, deadline - clock.monotonic()) });
    rmSync(serverFile(this.#config.home), { force: true });
    await this.#http?.stop();
    // Runs are interrupted first, so that the handlers that wait for them give their events back at once.
    await Promise.all([this.#runtime.runs.stop(), this.#society.stop(left())]);
    await this.#stores.relay.stop(left());
    await this.#stores.bus.stop(left());
    await this.#stores.db.stop(left());
    await this.#lock.release();
  }

  #writeServerFile(url: string, userId: string, token: string, startedAtMs: number): void {
    const content = {
      url,
      pid: process.pid,
      token,
      user_id: userId,
      started_at: new Date(startedAtMs).toISOString(),
    };
    const path = serverFile(this.#config.home);
    rmSync(path, { force: true });
    writeFileSync(path, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: 'wx' });
  }
}

function serverFile(home: string): string {
  return join(home, 'server.json');
}

function storedBytes(home: string): number {
  return storeFiles
    .flatMap((name) => [name, `${name}-wal`])
    .reduce((sum, name) => sum + (statSync(join(home, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
