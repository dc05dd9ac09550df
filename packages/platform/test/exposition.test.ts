import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
