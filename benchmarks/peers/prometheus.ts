import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPrometheus, type PrometheusServer } from '@raptorflow/rig';
import { systemClock } from 'raptorflow/kernel';
import { assertCount } from '../harness/fault.ts';
import { median } from '../harness/statistics.ts';
import { hostsOfShard, metric, ruleName, shards, tagsOf, threshold, valueAt } from '../workload/queues.ts';

const group = 'bench';

/** How long Prometheus says that one evaluation of the group took, milliseconds: the median of so many evaluations, one a second. */
export async function evaluatePrometheus(evaluations: number): Promise<number> {
  let step = 0;
  const target = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(exposition((step += 1)));
  });
  await new Promise<void>((resolve) => {
    target.listen(0, '127.0.0.1', resolve);
  });
  const { port } = target.address() as AddressInfo;
  const server = await startPrometheus({ target: `127.0.0.1:${port}`, rules: rulesFile() });
  try {
    await waitForAlerts(server);
    const took: number[] = [];
    for (let round = 0; round < evaluations; round += 1) {
      await systemClock.sleep(1_000);
      took.push((await ask(server, 'prometheus_rule_group_last_duration_seconds')) * 1_000);
    }
    return median(took);
  } finally {
    await server.stop();
    target.closeAllConnections();
    target.close();
  }
}

function exposition(step: number): string {
  const lines = [`# TYPE ${metric} gauge`];
  for (let shard = 0; shard < shards; shard += 1) {
    for (let host = 0; host < hostsOfShard; host += 1) {
      const labels = Object.entries(tagsOf(shard, host)).map(([name, value]) => `${name}="${value}"`);
      lines.push(`${metric}{${labels.join(',')}} ${valueAt(shard, host, step)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function rulesFile(): string {
  const rules = Array.from({ length: shards }, (_, shard) => ({
    alert: ruleName(shard),
    expr: `${metric}{shard="${shard}"} > ${threshold}`,
    for: '5m',
  }));
  return JSON.stringify({ groups: [{ name: group, interval: '1s', rules }] });
}

// A benchmark checks its own result: every rule has alerts that are pending or fire.
async function waitForAlerts(server: PrometheusServer): Promise<void> {
  let found = 0;
  for (let attempt = 0; attempt < 60 && found < shards; attempt += 1) {
    await systemClock.sleep(1_000);
    const answer = (await server.api('query?query=count(ALERTS)by(alertname)')) as { result: unknown[] };
    found = answer.result.length;
  }
  assertCount('rules of Prometheus with alerts', found, shards);
}

/** Reads a figure from Prometheus' own exposition. */
async function ask(server: PrometheusServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1));
}
