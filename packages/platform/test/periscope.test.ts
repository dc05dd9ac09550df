import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startServer, type RunningServer } from '../src/compose/server.ts';
import { readConfig } from '../src/config.ts';

const secret = 'k3JxQ8vZp1LmT7wYb2RnF6sDc9GhA4eU';
let home: string;
let server: RunningServer;
let client: Client;
let receiver: Server;
const told: string[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'raptorflow-periscope-'));
  receiver = createServer((request, response) => {
    told.push(String(request.headers['webhook-id']));
    request.resume();
    response.end();
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  const { port } = receiver.address() as AddressInfo;
  const env = {
    RAPTORFLOW_HOME: home,
    PORT: '0',
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${port}/alerts`,
    WEBHOOK_SECRET: secret,
  };
  server = await startServer(readConfig({ env, directory: home }));
  client = createClient({ baseUrl: server.url, token: server.localToken });
});
afterAll(async () => {
  await server.stop();
  receiver.closeAllConnections();
  receiver.close();
  rmSync(home, { recursive: true, force: true });
});

describe('Periscope in the server', () => {
  it('shows the deliveries of each notifier as an operation with a circuit of its own', async () => {
    const timestamp = new Date().toISOString();
    const [id, name] = ['dlv_given_up_before', 'queue_long'];
    const alert = {
      id: 'alt_1',
      status: 'firing',
      rule_name: name,
      workspace_id: null,
      severity: 'warning',
      summary: 'Long.',
      runbook_url: null,
      labels: { alertname: name },
      current_value: 12,
      triggered_at: timestamp,
      resolved_at: null,
    };
    // What an earlier process gave up is delivered again, without the half minute for which a new group waits.
    await client.bus.publish({
      body: {
        channel: 'alerts.undelivered',
        type: 'alert.undelivered',
        payload: {
          delivery_id: id,
          notifier: 'webhook',
          failure: 'Down.',
          notification: {
            id: 'ntf_1',
            status: 'firing',
            reason: 'news',
            route: 'default',
            group_labels: { alertname: name },
            alerts: [alert],
            alerts_left_out: 0,
            timestamp,
          },
        },
      },
    });
    await vi.waitFor(async () => {
      const { items } = await client.periscope.operations();
      expect(items.find((each) => each.name === 'notify:webhook')).toMatchObject({
        status: 'healthy',
        calls: 1,
        successes: 1,
        breakers: [{ name: 'notify:webhook', state: 'closed' }],
      });
    }, 5_000);
    expect(told).toEqual([id]);
  });
});
