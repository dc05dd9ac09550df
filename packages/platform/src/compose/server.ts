/** The server: API, worker and dashboard over the stores of an installation, started and stopped in order. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { PeriscopePipeline } from '@raptorflow/contract';
import { installationChain } from '@raptorflow/runtime';
import { Lifecycle, RaptorFlowError, type Service } from 'raptorflow/kernel';
import type { Analytics } from 'raptorflow/resources';
import { lockDirectory, makeDirectory, type DirectoryLock } from 'raptorflow/storage';
import type { Config } from '../config.ts';
import { createHealth } from '../health/health.ts';
import { version } from '../version.ts';
import { pipelinesToWire } from '../http/routes/periscope-wire.ts';
import type { Http } from './http.ts';
import { auditSettings } from './audited-settings.ts';
import { processSource } from './history.ts';
import { createGuards, type Guards } from './guards.ts';
import { createMonitoring, type Monitoring } from './monitoring.ts';
import { PipelineBoard } from './pipeline-board.ts';
import { healthParts } from './probes.ts';
import { profileOf, type Profile } from './profile.ts';
import { createRaptor, type Raptor } from './raptor.ts';
import { createUsage } from './usage.ts';
import { commonDeps, createProgram, type Program, type ProgramDeps } from './program.ts';
import { storeFiles, type CommonDeps } from './stores.ts';

/** A started program. */
export interface RunningServer {
  /** Where it listens. */
  readonly url: string;
  /** Its data directory, absolute. */
  readonly home: string;
  readonly environment: Config['environment'];
  readonly profile: Profile['profile'];
  readonly stores: Profile['stores'];
  /** From the beginning of `startServer` until it listened, in milliseconds. */
  readonly startedInMs: number;
  /** A token of the local user with the operator's rights, for programs on this machine. */
  readonly localToken: string;
  readonly localUserId: string;
  /** The address of a new one-time sign-in link. Throws `forbidden` in production. */
  signInLink(): Promise<string>;
  /** Reads again what can be read again while it runs: the configuration of Raptor Mini. */
  reload(): Promise<void>;
  /** Bytes of the stores on disk. */
  storedBytes(): number;
  /** Stops taking requests and events, lets finish what is in hand until the deadline, and closes the stores. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/** A local token is good for as long as the program is likely to run. */
const localTokenMs = 365 * 86_400_000;

/**
 * Starts the server. Throws `directory_locked` when another server owns the data directory, `conflict` when other processes use
 * stores that these settings do not share, `unavailable` when the port is taken, or Redis or PostgreSQL cannot be reached; then
 * nothing is left running.
 */
export async function startServer(config: Config, deps: ProgramDeps = {}): Promise<RunningServer> {
  const common = commonDeps(config, deps);
  const { clock } = common;
  const began = clock.monotonic();
  makeDirectory(config.home);
  const lock = await lockDirectory(config.home, { owner: 'raptorflow' }, { clock });
  const server = new Server(config, common, lock, deps.signal);
  try {
    await server.start();
  } catch (error) {
    await server.stop({ deadlineMs: 1_000 }).catch(() => undefined);
    throw error;
  }
  return server.describe(clock.monotonic() - began);
}

class Server implements Service {
  readonly #config: Config;
  readonly #common: CommonDeps;
  readonly #lock: DirectoryLock;
  readonly #program: Program;
  readonly #monitoring: Monitoring | undefined;
  readonly #usage: Analytics | undefined;
  readonly #raptor: Raptor;
  readonly #guards: Guards;
  readonly #lifecycle: Lifecycle;
  readonly #board: PipelineBoard;
  #http: Http | undefined;
  #local: { userId: string; token: string } | undefined;

  constructor(config: Config, common: CommonDeps, lock: DirectoryLock, signal: AbortSignal | undefined) {
    this.#config = config;
    this.#common = common;
    this.#lock = lock;
    this.#board = new PipelineBoard(common.clock);
    this.#program = createProgram(config, common, signal);
    this.#guards = createGuards(config, this.#program.stores.db, common);
    this.#raptor = createRaptor(config, this.#program.stores.db, common, () =>
      this.#monitoring?.rereadRules(),
    );
    this.#monitoring = config.monitoring.enabled
      ? createMonitoring(
          config,
          { ...this.#program, pipelines: () => this.#pipelines() },
          this.#raptor,
          common,
        )
      : undefined;
    const { housekeeping, cleanup } = this.#program;
    this.#usage =
      this.#monitoring &&
      createUsage(
        config,
        { ...housekeeping, history: this.#monitoring.history, cleanup: cleanup.scheduler },
        common,
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
      ...profileOf(this.#config),
      startedInMs,
      localToken: local.token,
      localUserId: local.userId,
      signInLink: async () => (await http.signInLink(local.userId)).url,
      reload: () => this.#reload(),
      storedBytes: () => storedBytes(this.#config.home),
      stop: (options) => this.stop(options),
    };
  }

  async #reload(): Promise<void> {
    await this.#program.runtime.audit.append({
      workspaceId: installationChain,
      action: 'raptor.reload',
      phase: 'event',
      actor: { kind: 'system', id: 'terminal' },
    });
    await this.#raptor.reload();
  }

  async #start(): Promise<void> {
    const { stores, runtime, society } = this.#program;
    const { identity } = runtime;
    // The web framework is read while the stores open in their threads: they take about as long as each other.
    const loading = import('./http.ts');
    // A start that fails before it is needed says why by itself.
    loading.catch(() => undefined);
    const startedAtMs = this.#common.clock.now();
    await this.#program.start();
    await auditSettings(runtime.audit, processSource(this.#config, 'server'), this.#config.audit);
    // First, because the rules of the machine stand in its configuration.
    await this.#raptor.start();
    await this.#monitoring?.start();
    await this.#usage?.start();
    const user = await identity.ensureLocalUser();
    const { token } = await identity.issueToken({ operator: true, ttlMs: localTokenMs });
    this.#local = { userId: user.id, token };
    const health = createHealth(
      healthParts(this.#config, { stores, runtime, worker: society, raptor: this.#raptor }),
      this.#common.clock,
    );
    this.#program.cleanup.watchHealth(health);
    await this.#guards.start();
    const { createHttp } = await loading;
    this.#http = await createHttp(
      this.#config,
      {
        stores,
        runtime,
        society,
        health,
        monitoring: this.#monitoring,
        periscope: this.#program.periscope,
        housekeeping: this.#program.housekeeping,
        cleanup: this.#program.cleanup,
        usage: this.#usage,
        own: this.#common.own,
        process: processSource(this.#config, 'server'),
        pipelines: {
          board: this.#board,
          list: this.#monitoring?.pipelines ?? (async () => this.#pipelines()),
        },
        raptor: this.#raptor,
        startedAtMs,
        version,
        limits: this.#guards.limits,
        idempotency: this.#guards.idempotency,
      },
      this.#common,
    );
    await this.#monitoring?.listen(reachedAt(this.#http.url));
    this.#writeServerFile(this.#http.url, user.id, token, startedAtMs);
  }

  #pipelines(): PeriscopePipeline[] {
    return pipelinesToWire(this.#board.list(), processSource(this.#config, 'server'));
  }

  async #stop(deadlineMs: number): Promise<void> {
    const { clock } = this.#common;
    const deadline = clock.monotonic() + deadlineMs;
    rmSync(serverFile(this.#config.home), { force: true });
    await this.#http?.stop();
    await this.#guards.stop();
    await this.#raptor.stop({ deadlineMs: Math.max(100, (deadline - clock.monotonic()) / 2) });
    await this.#usage?.stop({ deadlineMs: Math.max(100, (deadline - clock.monotonic()) / 2) });
    await this.#monitoring?.stop({ deadlineMs: Math.max(100, (deadline - clock.monotonic()) / 2) });
    await this.#program.stop({ deadlineMs: Math.max(100, deadline - clock.monotonic()) });
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

// An address that other machines reach too, where the server listens on all of its own.
function reachedAt(url: string): string {
  const { hostname: host, port, protocol } = new URL(url);
  return ['0.0.0.0', '[::]'].includes(host) ? `${protocol}//${hostname()}:${port}` : url;
}

function serverFile(home: string): string {
  return join(home, 'server.json');
}

function storedBytes(home: string): number {
  return storeFiles
    .flatMap((name) => [name, `${name}-wal`])
    .reduce((sum, name) => sum + (statSync(join(home, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
