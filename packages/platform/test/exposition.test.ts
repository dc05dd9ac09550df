import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPrometheus } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRefusingServer, type RefusingServer } from './refusing-server.ts';

let world: RefusingServer;
beforeAll(async () => {
  world = await startRefusingServer();
});
afterAll(() => world.stop());

const folder = fileURLToPath(new URL('../../../deploy/grafana/dashboards/', import.meta.url));

describe('GET /metrics', () => {
  it('is Prometheus text, or OpenMetrics for whoever asks for it', async () => {
    const plain = await fetch(`${world.server.url}/metrics`);
    expect([plain.status, plain.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    const accept = 'application/openmetrics-text; version=1.0.0';
    const open = await fetch(`${world.server.url}/metrics`, { headers: { accept } });
    expect(open.headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
    expect((await open.text()).endsWith('# EOF\n')).toBe(true);
  });

  it('is refused to a caller that a proxy brings from elsewhere', async () => {
    const answer = await fetch(`${world.server.url}/metrics`, {
      headers: { 'x-forwarded-for': '203.0.113.9' },
    });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain('METRICS_TOKEN');
  });

  it('is scraped by a Prometheus with the configuration in deploy/, which understands every question of the dashboards', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'raptorflow-scrape-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const token = join(directory, 'token');
    writeFileSync(token, 'a-token');
    const { host } = new URL(world.server.url);
    const shipped = readFileSync(
      new URL('../../../deploy/prometheus/prometheus.yml', import.meta.url),
      'utf8',
    );
    const config = shipped
      .replace('raptorflow:8001', host)
      .replace('/etc/prometheus/raptorflow-token', token)
      .replaceAll(/(interval|timeout): \d+s/gu, '$1: 1s');
    expect(config).not.toBe(shipped);
    const prometheus = await startPrometheus({ target: host, config });
    onTestFinished(() => prometheus.stop());
    const ask = async (expression: string): Promise<unknown[]> => {
      const data = await prometheus.api(`query?query=${encodeURIComponent(expression)}`);
      if (data === undefined) throw new Error(`Prometheus refuses ${expression}`);
      return (data as { result: unknown[] }).result;
    };
    await expect.poll(() => ask('up{job="raptorflow"} == 1'), { timeout: 20_000 }).toHaveLength(1);
    const questions = readdirSync(folder).flatMap((file) =>
      [...readFileSync(folder + file, 'utf8').matchAll(/"expr": ("(?:[^"\\]|\\.)*")/gu)].map(
        ([, text = '""']) => JSON.parse(text) as string,
      ),
    );
    expect(questions.length).toBeGreaterThan(30);
    for (const question of questions) {
      const known = question
        .replaceAll('$__rate_interval', '5m')
        .replaceAll('$__interval', '1m')
        .replaceAll(/\$\{?[a-z_]+\}?/gu, '.*');
      expect(Array.isArray(await ask(known)), known).toBe(true);
    }
  });

  it('has every metric that the dashboards in deploy/grafana look at', async () => {
    const text = await (await fetch(`${world.server.url}/metrics`)).text();
    const types = new Map(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gmu)].map(([, name = '', type = '']) => [name, type]),
    );
    const names = readdirSync(folder).flatMap((file) =>
      [...readFileSync(folder + file, 'utf8').matchAll(/([a-z][a-z0-9_]+)\{instance/gu)].map(
        ([, name = '']) => name,
      ),
    );
    expect(names.length).toBeGreaterThan(30);
    const missing = new Set(
      names.filter((name) => {
        const base = name.replace(/_(bucket|sum|count)$/u, '');
        return !types.has(name) && types.get(base) !== 'histogram';
      }),
    );
    expect([...missing]).toEqual([]);
  });
});
