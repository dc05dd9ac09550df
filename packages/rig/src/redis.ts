import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RaptorFlowError } from 'raptorflow/kernel';
import { findFreePort, startPrivateServer } from './private-server.ts';

/** A Redis of the test's own. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Where its append-only file lies; a server started later with this `directory` finds its data. */
  readonly directory: string;
  log(): string;
  /** SIGKILL, as a crash; the directory stays. */
  kill(): Promise<void>;
  /** Ends the server and removes its directory. Tolerates being called twice. */
  stop(): Promise<void>;
}

/** How it is started. */
export interface RedisOptions {
  /** Keeps an append-only file, synced as said; without it everything is in memory only. */
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  /** Default: a free one. */
  readonly port?: number;
  /** Further settings of redis.conf, such as `{ 'auto-aof-rewrite-percentage': '0' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Starts a replica of the server on this port. */
  readonly replicaOf?: number;
  /** Starts a sentinel that watches this master, instead of a server of its own data; how long it waits before it promotes a replica. */
  readonly sentinelOf?: { readonly name: string; readonly port: number; readonly downAfterMs?: number };
  /** Data of an earlier server. Default: a new temporary directory. */
  readonly directory?: string;
}

/** Starts a private Redis. Throws `missing_dependency` when it is not installed. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await findFreePort());
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'raptorflow-redis-'));
  const log = options.appendfsync ? ['--appendonly', 'yes', '--appendfsync', options.appendfsync] : [];
  const settings = Object.entries(options.settings ?? {}).flatMap(([name, value]) => [`--${name}`, value]);
  const { sentinelOf } = options;
  const own: string[] = [];
  if (sentinelOf) {
    const file = join(directory, 'sentinel.conf');
    const { name, downAfterMs = 30_000 } = sentinelOf;
    const lines = [
      `sentinel monitor ${name} 127.0.0.1 ${sentinelOf.port} 1`,
      `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    own.push(file, '--sentinel');
  }
  const server = await startPrivateServer({
    command: 'redis-server',
    args: [
      ...own,
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
      ...(sentinelOf ? [] : ['--save', '']),
      ...(options.replicaOf === undefined ? [] : ['--replicaof', '127.0.0.1', String(options.replicaOf)]),
      ...log,
      ...settings,
    ],
    readyText: sentinelOf ? '+monitor master' : 'Ready to accept connections',
  }).catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true });
    throw explain(error);
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: server.pid,
    directory,
    log: () => server.log(),
    kill: () => server.end('SIGKILL'),
    async stop() {
      await server.end('SIGTERM');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function explain(error: unknown): unknown {
  const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  if (!absent) return error;
  return new RaptorFlowError(
    'missing_dependency',
    'Redis is not installed; on Debian and Ubuntu: apt-get install redis-server',
    { cause: error },
  );
}
