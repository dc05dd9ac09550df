import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '@raptorflow/rig';
import { withDirectory } from '../engines/scratch.ts';
import { assertCount, fault } from '../harness/fault.ts';
import type { SampleSeries } from '../workload/samples.ts';

const patienceMs = 60_000;

/** Bytes a sample in Prometheus' own blocks: made by promtool from OpenMetrics, index included. */
export async function prometheusBytes(series: readonly SampleSeries[]): Promise<number> {
  return withDirectory(async (folder) => {
    const file = join(folder, 'samples.txt');
    await writeOpenMetrics(series, file);
    const data = join(folder, 'data');
    const { status, stdout, stderr } = spawnSync(
      'promtool',
      ['tsdb', 'create-blocks-from', 'openmetrics', file, data],
      {
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw fault(`promtool could not make blocks: ${stderr}`);
    const samples = countOf(series);
    // Its table has one line a block; the samples are the fifth column of each.
    const made = stdout
      .split('\n')
      .slice(1)
      .reduce((sum, line) => sum + Number(line.trim().split(/\s{2,}/u)[4] ?? 0), 0);
    assertCount('samples in the blocks of Prometheus', made, samples);
    return folderBytes(data) / samples;
  });
}

/** Bytes a sample in the data folder of VictoriaMetrics, after it has merged everything and ended; its index counts, its caches do not. */
export async function victoriaMetricsBytes(series: readonly SampleSeries[]): Promise<number> {
  return withDirectory(async (folder) => {
    const address = `127.0.0.1:${await findFreePort()}`;
    const server = spawn(
      'victoria-metrics',
      [
        `-storageDataPath=${folder}/data`,
        `-httpListenAddr=${address}`,
        '-retentionPeriod=10y',
        '-loggerLevel=ERROR',
      ],
      { stdio: 'ignore' },
    );
    try {
      await untilHealthy(server, address);
      for (const { kind, number, times, values } of series) {
        const body = JSON.stringify({
          metric: { __name__: kind, series: String(number) },
          values: [...values],
          timestamps: [...times],
        });
        await ask(`http://${address}/api/v1/import`, body);
      }
      await ask(`http://${address}/internal/force_flush`);
      await ask(`http://${address}/internal/force_merge`);
      await untilMerged(join(folder, 'data/data'));
      assertCount('samples in VictoriaMetrics', await exported(address, series), countOf(series));
    } finally {
      if (server.exitCode === null && server.kill('SIGINT')) await once(server, 'exit');
    }
    // Its caches, which it can do without, do not count.
    const bytes = folderBytes(join(folder, 'data/data')) + folderBytes(join(folder, 'data/indexdb'));
    return bytes / countOf(series);
  });
}

/** The version that a program of these prints. */
export function versionOf(program: 'promtool' | 'victoria-metrics'): string {
  const { stdout, stderr } = spawnSync(program, [program === 'promtool' ? '--version' : '-version'], {
    encoding: 'utf8',
  });
  const [first = ''] = `${stdout}${stderr}`.trim().split('\n');
  return first === '' ? `${program} (tells no version)` : first;
}

async function writeOpenMetrics(series: readonly SampleSeries[], file: string): Promise<void> {
  const stream = createWriteStream(file);
  let kind = '';
  for (const { kind: own, number, times, values } of series) {
    if (own !== kind) stream.write(`# TYPE ${own} gauge\n`);
    kind = own;
    const lines = Array.from(
      values,
      (value, index) => `${own}{series="${number}"} ${value} ${(times[index] ?? 0) / 1_000}\n`,
    );
    if (!stream.write(lines.join(''))) await once(stream, 'drain');
  }
  stream.end('# EOF\n');
  await once(stream, 'finish');
}

async function untilHealthy(server: ChildProcess, address: string): Promise<void> {
  const endsAt = performance.now() + patienceMs;
  while (performance.now() < endsAt && server.exitCode === null) {
    const isUp = await fetch(`http://${address}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw fault('VictoriaMetrics did not start');
}

/** Merging goes on after it was asked for: it is over when the folder has not changed for two seconds. */
async function untilMerged(folder: string): Promise<void> {
  const endsAt = performance.now() + patienceMs;
  let [bytes, since] = [0, performance.now()];
  while (performance.now() < endsAt && performance.now() - since < 2_000) {
    const now = folderBytes(folder);
    if (now !== bytes) [bytes, since] = [now, performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function ask(url: string, body?: string): Promise<string> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body });
  if (!response.ok) throw fault(`${url} answered ${response.status}`);
  return response.text();
}

async function exported(address: string, series: readonly SampleSeries[]): Promise<number> {
  let samples = 0;
  for (const kind of new Set(series.map((each) => each.kind))) {
    const text = await ask(`http://${address}/api/v1/export?match[]=${kind}`);
    for (const line of text.trim().split('\n'))
      samples += (JSON.parse(line) as { values: number[] }).values.length;
  }
  return samples;
}

function countOf(series: readonly SampleSeries[]): number {
  return series.reduce((sum, { values }) => sum + values.length, 0);
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return (
      sum + (entry.isDirectory() ? folderBytes(path) : (statSync(path, { throwIfNoEntry: false })?.size ?? 0))
    );
  }, 0);
}
