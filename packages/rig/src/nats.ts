import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RaptorFlowError } from 'raptorflow/kernel';
import { findFreePort, startPrivateServer } from './private-server.ts';

/** A NATS server with JetStream of the test's own; its streams live in files of a temporary directory. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the server and removes its directory. Tolerates being called twice. */
  stop(): Promise<void>;
}

/** Starts a private NATS server with its defaults. Throws `missing_dependency` when it is not installed. */
export async function startNats(): Promise<NatsServer> {
  const port = await findFreePort();
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-nats-'));
  const server = await startPrivateServer({
    command: 'nats-server',
    args: ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', directory],
    readyText: 'Server is ready',
  }).catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true });
    throw explain(error);
  });
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    pid: server.pid,
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
    'The NATS server is not installed; on Debian and Ubuntu: apt-get install nats-server',
    { cause: error },
  );
}
