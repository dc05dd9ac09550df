/** How a command reaches a server: the one named in the environment, the one running on the data directory, or its own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, isClientError, type Client } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { z } from 'zod';
import type { Invocation } from './command.ts';

/** What the running server writes into its data directory, readable by its owner alone. */
export interface ServerFile {
  readonly url: string;
  readonly pid: number;
  readonly token: string;
  readonly user_id: string;
  readonly started_at: string;
}

const serverFileSchema = z.looseObject({
  url: z.url(),
  pid: z.number().int(),
  token: z.string(),
  user_id: z.string(),
  started_at: z.string(),
});

/** A way to a server. */
export interface Connection {
  readonly client: Client;
  readonly url: string;
  readonly token: string;
  readonly userId: string;
  /** `remote`: named in the environment; `local`: running on this data directory; `own`: started for this command. */
  readonly kind: 'remote' | 'local' | 'own';
  close(): Promise<void>;
}

/**
 * Connects. With `own: 'allowed'` a server is started inside this process when none runs, without a fixed port, and
 * stopped by `close`. Throws `unavailable` with what to do when there is no way.
 */
export async function connect(
  invocation: Invocation,
  options: { own: 'allowed' | 'refused' },
): Promise<Connection> {
  const { environment } = invocation;
  if (environment.url !== undefined)
    return connectRemote(environment.url, environment.token, environment.workspace);
  const file = readServerFile(environment.home);
  if (file && (await answers(file))) {
    return connection(
      file.url,
      file.token,
      file.user_id,
      'local',
      environment.workspace,
      async () => undefined,
    );
  }
  if (options.own === 'refused') {
    throw new RaptorFlowError(
      'unavailable',
      `No server is running on ${environment.home}. Start one with "npm start" (or raptorflow up), or name one with RAPTORFLOW_URL and RAPTORFLOW_TOKEN.`,
    );
  }
  return connectOwn(environment.workspace);
}

async function connectRemote(
  url: string,
  token: string | undefined,
  workspace: string | undefined,
): Promise<Connection> {
  if (token === undefined) {
    throw new RaptorFlowError(
      'unauthenticated',
      'RAPTORFLOW_URL is set without RAPTORFLOW_TOKEN; make a token there with "raptorflow token".',
    );
  }
  const session = await createClient({ baseUrl: url, token }).session.current();
  return connection(url, token, session.user.id, 'remote', workspace, async () => undefined);
}

async function connectOwn(workspace: string | undefined): Promise<Connection> {
  // Loaded only here: commands beside a running server answer at once.
  const { createLog, readConfig, startServer } = await import('@raptorflow/platform');
  const config = { ...readConfig(), port: 0, host: '127.0.0.1' };
  const log = await createLog({
    level: 'warn',
    format: 'json',
    destination: { write: (line: string) => void process.stderr.write(line) },
  });
  const server = await startServer(config, { log });
  return connection(server.url, server.localToken, server.localUserId, 'own', workspace, () =>
    server.stop({ deadlineMs: 4_000 }),
  );
}

function connection(
  url: string,
  token: string,
  userId: string,
  kind: Connection['kind'],
  workspace: string | undefined,
  close: () => Promise<void>,
): Connection {
  const client = createClient({
    baseUrl: url,
    token,
    ...(workspace === undefined ? {} : { workspaceId: workspace }),
  });
  return { client, url, token, userId, kind, close };
}

/** The note that a running server leaves, if there is one that can be read. */
export function readServerFile(home: string): ServerFile | undefined {
  const path = join(home, 'server.json');
  if (!existsSync(path)) return undefined;
  try {
    const parsed = serverFileSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // A note cut short by a crash names no server.
    return undefined;
  }
}

/** Whether the server of that note is there: after a kill -9 its note remains. */
export async function answers(file: ServerFile): Promise<boolean> {
  try {
    await createClient({ baseUrl: file.url, token: file.token, timeoutMs: 2_000 }).session.current();
    return true;
  } catch (error) {
    if (isClientError(error) && error.status === 0) return false;
    throw error;
  }
}

/** Runs `work` with a connection and closes it afterwards, whatever happens. */
export async function withConnection<T>(
  invocation: Invocation,
  options: { own: 'allowed' | 'refused' },
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const opened = await connect(invocation, options);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}
