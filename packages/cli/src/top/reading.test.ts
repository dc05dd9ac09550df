import { startMonitoredServer, type MonitoredServer } from '@raptorflow/rig';
import { createClient } from '@raptorflow/client';
import { beforeEach, describe, expect, it } from 'vitest';

import { createTopReader, ratesOf, type TopReader } from './reading.ts';

const since = '2026-01-31T12:00:00.000Z';
const metrics = (second: number, published: number, started = since): Parameters<typeof ratesOf>[1] => ({
  measured_at: new Date(Date.parse(since) + second * 1_000).toISOString(),
  since: started,
  published,
  published_by_priority: {},
  received: published * 2,
  failed: 0,
  retried: 0,
  dlq_sent: 0,
  expired: 0,
  is_connected: true,
  active_subscriptions: 1,
});

describe('rates of the bus', () => {
  it('are those between two readings, and since the start for the first', () => {
    expect(ratesOf(metrics(100, 500), metrics(102, 700), null)).toMatchObject({
      published_per_second: 100,
      received_per_second: 200,
    });
    expect(ratesOf(undefined, metrics(100, 500), null).published_per_second).toBe(5);
  });

  it('begin anew with a server that has restarted', () => {
    const restarted = '2026-01-31T12:01:30.000Z';
    expect(ratesOf(metrics(80, 500), metrics(100, 30, restarted), null).published_per_second).toBe(3);
    expect(ratesOf(metrics(100, 500), metrics(100, 500), null).published_per_second).toBe(5);
  });
});

describe('a reading of top', () => {
  let server: MonitoredServer;
  let reader: TopReader;
  beforeEach(async () => {
    server = await startMonitoredServer();
    const client = createClient({ baseUrl: server.url, token: server.token });
    reader = createTopReader(client, { url: server.url, now: () => Date.parse(since) });
    return () => server.stop();
  });

  it('has every part, the largest lag, what fires and the breakers that are not closed', async () => {
    expect(await reader.read()).toMatchObject({
      at: since,
      health: { status: 'healthy' },
      host: { items: { length: 60 } },
      bus: { lag: 42, lagging: [{ name: 'sys.state.update' }, { name: 'sys.global.broadcast' }] },
      budget: { spent_usd: '3.127500' },
      alerts: [{ rule: 'cpu_is_busy' }],
      breakers: [{ name: 'fetch:news', operation: 'signals.fetch', state: 'open' }],
      problems: {},
    });
  });

  it('shows the rest when parts cannot be read, and says why they are not there', async () => {
    server.state.operator = false;
    server.state.failures.set('raptor.samples', { status: 409, code: 'conflict', message: 'Not now.' });
    const reading = await reader.read();
    expect(reading).toMatchObject({ bus: null, host: null, budget: {}, alerts: [{}] });
    expect(reading.problems).toEqual({
      bus: expect.stringContaining('operator'),
      channels: expect.stringContaining('operator'),
      host: 'Not now.',
    });
  });

  it('goes on when the server is away, with nothing but the reasons', async () => {
    await server.stop();
    const reading = await reader.read();
    expect(reading).toMatchObject({ health: null, host: null, bus: null, budget: null, alerts: null });
    expect(reading.problems['health']).toContain('cannot be reached');
  });
});
