import { createServer, type Server } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createClient, type Client } from '@raptorflow/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startServer, type RunningServer } from '../src/compose/server.ts';
import { readConfig } from '../src/config.ts';

let home: string;
let server: RunningServer | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'raptorflow-raptor-'));
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(home, { recursive: true, force: true });
});

/** Writes the configuration where the server looks for it. */
function configure(text: string): string {
  mkdirSync(join(home, 'config'), { recursive: true });
  const file = join(home, 'config', 'raptor.ini');
  writeFileSync(file, text);
  return file;
}

async function begin(
  env: Readonly<Record<string, string>> = {},
): Promise<{ running: RunningServer; client: Client }> {
  const running = await startServer(
    readConfig({ env: { RAPTORFLOW_HOME: home, PORT: '0', ...env }, directory: home }),
  );
  server = running;
  return { running, client: createClient({ baseUrl: running.url, token: running.localToken }) };
}

const hostRule = async (client: Client, name: string) =>
  (await client.alerts.listRules({ query: { scope: 'installation' } })).data.find(
    (rule) => rule.name === name,
  );

describe('Raptor Mini in the server', () => {
  it('starts with it, logs below its home, and puts the machine into the table raptor_metrics', async () => {
    const { running, client } = await begin({ RAPTOR_RECORD_SECONDS: '1' });
    expect(await client.raptor.status()).toEqual({ running: true, config_file: null });
    await vi.waitFor(() => {
      const db = new DatabaseSync(join(home, 'raptorflow.db'), { readOnly: true });
      try {
        const rows = db.prepare('SELECT * FROM raptor_metrics ORDER BY timestamp').all();
        expect(rows.length).toBeGreaterThan(1);
        expect(rows[0]).toMatchObject({
          memory_percent: expect.any(Number),
          process_rss_bytes: expect.any(Number),
        });
      } finally {
        db.close();
      }
    }, 15_000);
    await running.stop();
    const log = readFileSync(join(home, 'logs', 'raptor.log'), 'utf8');
    expect(log).toMatch(/INFO RAPTOR MINI ONLINE\n[^]*RAPTOR MINI OFFLINE/u);
  });

  it('goes on without it when its file cannot be used, says where, and starts it when the file is right', async () => {
    const file = configure('[logging]\nlevel = INFO\n[performance]\nsample_rate_ms = 5\n');
    const { client } = await begin();
    expect(await client.raptor.status()).toEqual({ running: false, config_file: null });
    const { services } = await client.health.all();
    expect(services?.['raptor']).toMatchObject({ status: 'degraded' });
    expect(services?.['raptor']?.reasons.join()).toContain(`${file}:4`);
    await expect(client.raptor.start()).rejects.toMatchObject({ status: 422 });
    configure('[performance]\nsample_rate_ms = 50\n');
    expect(await client.raptor.start()).toEqual({ running: true });
    expect(await client.raptor.status()).toEqual({ running: true, config_file: file });
    await vi.waitFor(
      async () =>
        expect((await client.health.all()).services?.['raptor']).toMatchObject({ status: 'healthy' }),
      5_000,
    );
  });

  it('takes the rules about the machine from its file, at the start and when it is told to read it again', async () => {
    configure('[alerts]\ncpu_threshold = 70\nduration_seconds = 60\n');
    const { running, client } = await begin();
    expect(await hostRule(client, 'host_cpu_high')).toMatchObject({ threshold: 70, duration_seconds: 60 });
    expect(await hostRule(client, 'host_memory_high')).toMatchObject({ threshold: 85 });
    configure('[alerts]\ncpu_threshold = 75\n');
    await running.reload();
    expect(await hostRule(client, 'host_cpu_high')).toMatchObject({ threshold: 75, duration_seconds: 300 });
  });

  it('tells the webhook of its file of alerts', async () => {
    const told: string[] = [];
    const receiver: Server = createServer((request, response) => {
      told.push(request.url ?? '');
      request.resume();
      response.end();
    });
    await new Promise<void>((resolve) => {
      receiver.listen(0, '127.0.0.1', resolve);
    });
    const { port } = receiver.address() as AddressInfo;
    configure(`[alerts]\nwebhook_url = http://127.0.0.1:${port}/raptor\n`);
    const { client } = await begin({ WEBHOOK_SECRET: 'k3JxQ8vZp1LmT7wYb2RnF6sDc9GhA4eU' });
    const { data } = await client.alerts.tryNotifiers({ body: {} });
    expect(data.find(({ notifier }) => notifier === 'raptor-ini')).toMatchObject({ delivered: true });
    expect(told).toEqual(['/raptor']);
    await new Promise((resolve) => {
      receiver.close(resolve);
    });
  });
});
