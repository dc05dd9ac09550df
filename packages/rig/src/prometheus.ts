import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RaptorFlowError } from 'raptorflow/kernel';
import { findFreePort, startPrivateServer } from './private-server.ts';

/** A Prometheus of the test's own; its data lie in a temporary directory. */
export interface PrometheusServer {
  readonly url: string;
  readonly pid: number;
  /** What its API answers under `/api/v1`, such as `query?query=up`: the `data` of it. */
  api(path: string): Promise<unknown>;
  /** Ends the server and removes its directory. Tolerates being called twice. */
  stop(): Promise<void>;
}

/** What it scrapes. */
export interface PrometheusOptions {
  /** Host and port of what answers `/metrics`. */
  readonly target: string;
  /** Default 1 s. */
  readonly intervalSeconds?: number;
  /** The text of a file of rules, evaluated as often. JSON will do, because it is YAML. */
  readonly rules?: string;
  /** The whole configuration, in the place of what the other options say. */
  readonly config?: string;
}

/** Starts a private Prometheus that scrapes one target. Throws `missing_dependency` when it is not installed. */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusServer> {
  const { target, intervalSeconds = 1, rules } = options;
  const port = await findFreePort();
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-prometheus-'));
  const file = join(directory, 'prometheus.yml');
  const lines = [
    'global:',
    `  scrape_interval: ${intervalSeconds}s`,
    `  evaluation_interval: ${intervalSeconds}s`,
    ...(rules === undefined ? [] : ['rule_files:', `  - '${join(directory, 'rules.yml')}'`]),
    'scrape_configs:',
    '  - job_name: test',
    '    static_configs:',
    `      - targets: ['${target}']`,
  ];
  if (rules !== undefined) writeFileSync(join(directory, 'rules.yml'), rules);
  writeFileSync(file, options.config ?? `${lines.join('\n')}\n`);
  const server = await startPrivateServer({
    command: 'prometheus',
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
    ],
    readyText: 'Server is ready to receive web requests',
  }).catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true });
    throw explain(error);
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    pid: server.pid,
    async api(path) {
      const answer = await fetch(`${url}/api/v1/${path}`);
      const { data } = (await answer.json()) as { data: unknown };
      return data;
    },
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
    'Prometheus is not installed; on Debian and Ubuntu: apt-get install prometheus',
    { cause: error },
  );
}
