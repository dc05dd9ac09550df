import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { RaptorFlowError } from 'raptorflow/kernel';
import { findFreePort, startPrivateServer, type PrivateServer } from './private-server.ts';

/** A PostgreSQL of the test's own. */
export interface PostgresServer {
  /** Address of its first database, as its superuser. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Answers the address of an empty database: one that was given back, or a new one, which copies seven megabytes. */
  createDatabase(): Promise<string>;
  /** Gives a database back that nobody uses any more. What is in it, and who is still connected, goes when somebody else asks for one. */
  giveBack(url: string): void;
  /** Answers the address of the same database for a login of its own, which may do nothing but what it is granted. */
  createLogin(url: string): Promise<string>;
  log(): string;
  /** Ends the server and removes its directory. Tolerates being called twice. */
  stop(): Promise<void>;
}

/** How it is started. */
export interface PostgresOptions {
  /** Whether commits are synced to the disk; tests that do not cut the power need none. Default false. */
  readonly fsync?: boolean;
  /** More settings, as `{ max_connections: '20' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);

/**
 * Starts a private PostgreSQL in a temporary directory. As root it runs as the user `postgres` or `nobody`, because PostgreSQL
 * refuses root. Throws `missing_dependency` when it is not installed.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = findBinaries();
  const user = unprivilegedUser();
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-pg-'));
  const data = join(directory, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (user) for (const path of [directory, data]) chownSync(path, user.uid, user.gid);
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' };
  try {
    const flags = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'];
    await run(join(binaries, 'initdb'), [...flags, '-D', data], { env, cwd: directory, ...user });
    const port = await findFreePort();
    const server = await startPrivateServer({
      command: join(binaries, 'postgres'),
      args: ['-D', data, '-p', String(port), '-k', directory, ...settingsOf(options)],
      readyText: 'database system is ready to accept connections',
      user,
    });
    return asPostgres(server, port, directory, binaries);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

function settingsOf({ fsync = false, settings = {} }: PostgresOptions): string[] {
  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    fsync: fsync ? 'on' : 'off',
    shared_buffers: '32MB',
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function asPostgres(
  server: PrivateServer,
  port: number,
  directory: string,
  binaries: string,
): PostgresServer {
  let databases = 0;
  let logins = 0;
  const idle: string[] = [];
  const urlOf = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const tool = (name: string, ...args: readonly string[]): Promise<unknown> =>
    run(join(binaries, name), ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', ...args]);
  return {
    url: urlOf('postgres'),
    port,
    pid: server.pid,
    async createDatabase() {
      const returned = idle.pop();
      if (returned !== undefined) {
        await tool('psql', '--quiet', '--no-psqlrc', '-v', 'ON_ERROR_STOP=1', '-c', emptying, returned);
        return returned;
      }
      databases += 1;
      const name = `test_${databases}`;
      await tool('createdb', name);
      return urlOf(name);
    },
    giveBack: (url) => void idle.push(url),
    async createLogin(url) {
      logins += 1;
      const name = `login_${logins}`;
      await tool('createuser', '--no-superuser', '--no-createdb', '--no-createrole', name);
      return url.replace('postgres@', `${name}@`);
    },
    log: () => server.log(),
    async stop() {
      await server.end('SIGINT');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Leaves of a database what a new one has. Roles belong to the server, and stay. */
const emptying = `do $$ declare name text; begin
  perform pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend';
  set local client_min_messages = warning;
  for name in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
    execute format('drop schema %I cascade', name);
  end loop;
  create schema public authorization pg_database_owner;
  grant usage on schema public to public;
end $$`;

/** The newest installed PostgreSQL: Debian keeps each version in a directory of its own, others have it on the path. */
function findBinaries(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = places.find((place) => existsSync(join(place, 'initdb')));
  if (found) return found;
  throw new RaptorFlowError(
    'missing_dependency',
    'PostgreSQL is not installed; on Debian and Ubuntu: apt-get install postgresql',
  );
}

function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // The next name may exist.
    }
  }
  throw new RaptorFlowError(
    'missing_dependency',
    'PostgreSQL refuses to run as root and this machine has neither a user "postgres" nor "nobody"; run the tests as another user.',
  );
}
