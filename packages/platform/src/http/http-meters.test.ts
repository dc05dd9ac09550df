import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createIds, silentLogger } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { createMetrics, type Metrics } from 'raptorflow/metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp } from './app.ts';

let app: FastifyInstance;
let metrics: Metrics;
let clock: FakeClock;

beforeEach(async () => {
  metrics = createMetrics();
  clock = createFakeClock();
  app = await createApp(
    { version: '0.0.0', secure: false, corsOrigins: [], trustProxy: false },
    { ids: createIds(), log: silentLogger, meter: metrics, clock },
  );
});
afterEach(() => app.close());

function seriesOf(name: string): [string, unknown][] {
  const found = metrics.snapshot().metrics.find(({ definition }) => definition.name === name);
  return (found?.series ?? []).map(({ tags, value }) => [Object.values(tags).join(' '), value]);
}

describe('the meters of HTTP', () => {
  it('count and time requests by route, not by address', async () => {
    app.get('/things/:id', async () => {
      await clock.advance(25);
      return 'ok';
    });
    await app.inject('/things/1');
    await app.inject('/things/2');
    await app.inject('/wp-admin.php');
    await app.inject('/etc/passwd');
    expect(seriesOf('http_requests')).toEqual([
      ['GET /things/:id 200', 2],
      ['GET unknown 404', 2],
    ]);
    expect(seriesOf('http_request_ms')[0]?.[1]).toMatchObject({ count: 2, sum: 50, max: 25 });
    expect(seriesOf('http_requests_running')).toEqual([['', 0]]);
  });

  it('count a caller that hangs up, and forget it', async () => {
    app.get('/slow', () => new Promise(() => undefined));
    await app.listen({ host: '127.0.0.1', port: 0 });
    const address = app.server.address();
    const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /slow HTTP/1.1\r\nhost: here\r\n\r\n');
    await vi.waitFor(() => expect(seriesOf('http_requests_running')).toEqual([['', 1]]));
    socket.destroy();
    await vi.waitFor(() => expect(seriesOf('http_requests_aborted')).toEqual([['GET /slow', 1]]));
    await vi.waitFor(() => expect(seriesOf('http_requests_running')).toEqual([['', 0]]));
  });
});
