import { spawn } from 'node:child_process';
import { createLog, readConfig, startServer, type RunningServer } from '@raptorflow/platform';
import { aborted, type Command, type Invocation } from '../command.ts';
import { formatBytes } from '../figures.ts';

/** `raptorflow up`: API, worker and dashboard in this terminal until Ctrl-C. */
export const up: Command = {
  name: 'up',
  summary:
    'Start API, worker and dashboard on the stores of the data directory. Settings come from the environment and .env: PORT, HOST, RAPTORFLOW_HOME, REDIS_URL, DATABASE_URL and more (docs/reference/configuration.md).',
  async run(invocation) {
    const { output, signal } = invocation;
    const config = readConfig();
    const log = await createLog({
      level: config.logLevel,
      format: process.stdout.isTTY ? 'readable' : 'json',
    });
    const server = await startServer(config, { log, signal });
    try {
      await greet(server, invocation);
      const keys = listenToKeys(server, invocation);
      const reread = (): void => void server.reload();
      process.on('SIGHUP', reread);
      await aborted(signal);
      process.off('SIGHUP', reread);
      keys();
    } finally {
      output.endProgress();
      if (!output.json) output.line('Stopping: finishing what is in hand …');
      await server.stop({ deadlineMs: 4_000 });
      if (!output.json) output.line('Stopped.');
    }
  },
};

async function greet(server: RunningServer, { output }: Invocation): Promise<void> {
  const link = server.environment === 'production' ? undefined : await server.signInLink();
  output.result({
    url: server.url,
    sign_in_link: link ?? null,
    home: server.home,
    profile: server.profile,
    stores: server.stores,
    started_in_ms: Math.round(server.startedInMs),
  });
  output.line();
  output.line(
    `  ${output.tone('strong', 'RaptorFlow')} is ready at ${output.tone('link', server.url)}  ${output.tone('dim', `(${Math.round(server.startedInMs)} ms)`)}`,
  );
  if (link !== undefined) {
    output.line(`  Sign in once with   ${output.tone('link', link)}`);
    output.line(output.tone('dim', '  The link works once, within ten minutes.'));
  }
  output.line(output.tone('dim', `  ${storesText(server)}`));
  if (process.stdin.isTTY)
    output.line(output.tone('dim', '  o opens the dashboard · l prints a new sign-in link · Ctrl-C stops'));
  output.line();
}

function storesText(server: RunningServer): string {
  const { profile, stores, home } = server;
  if (profile === 'distributed') return 'Events in Redis, data in PostgreSQL';
  const own = `Data in ${home} (${formatBytes(server.storedBytes())})`;
  if (stores.events === 'redis') return `${own}, events in Redis`;
  return stores.relational === 'postgres' ? `Events in ${home}, data in PostgreSQL` : own;
}

/** Reads single keys in a terminal; the returned function gives the terminal back. */
function listenToKeys(server: RunningServer, { output }: Invocation): () => void {
  const { stdin } = process;
  if (!stdin.isTTY || server.environment === 'production') return () => undefined;
  const onKey = (chunk: Buffer): void => {
    const key = chunk.toString();
    // Raw mode hands Ctrl-C to us instead of to the process.
    if (key === '\u0003') process.kill(process.pid, 'SIGINT');
    else if (key === 'l')
      void server.signInLink().then((link) => output.line(`  Sign in once with   ${link}`));
    else if (key === 'o') void server.signInLink().then((link) => openInBrowser(link));
  };
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on('data', onKey);
  return () => {
    stdin.off('data', onKey);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

function openInBrowser(address: string): void {
  const command =
    process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
  // A machine without a browser is no error of ours: the address is on the screen.
  spawn(command, [address], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
