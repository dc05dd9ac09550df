import { randomUUID } from 'node:crypto';
import {
  findFreePort,
  makeCertificate,
  startRedis,
  type Certificate,
  type RedisServer,
} from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { createBus, redisEngine, type RedisEngineOptions } from 'raptorflow/bus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runChild } from './child.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Publishes an event and has it handled. */
async function exercise(options: RedisEngineOptions): Promise<void> {
  const bus = createBus({ engine: redisEngine({ prefix: randomUUID(), ...options }) });
  await bus.start();
  cleanups.push(() => bus.stop({ deadlineMs: 1_000 }));
  const seen: string[] = [];
  await bus.subscribe('lab.*', (event) => void seen.push(event.id), { group: 'team' });
  const id = await bus.publish('lab.work', { type: 'test.work' });
  await vi.waitFor(() => expect(seen).toEqual([id]), 10_000);
}

async function start(options: Parameters<typeof startRedis>[0]): Promise<RedisServer> {
  const server = await startRedis(options);
  cleanups.push(() => server.stop());
  return server;
}

function certify(): Certificate {
  const certificate = makeCertificate();
  cleanups.push(() => certificate.remove());
  return certificate;
}

const byTls = (certificate: Certificate, port: number): Record<string, string> => ({
  'tls-port': String(port),
  'tls-cert-file': certificate.certFile,
  'tls-key-file': certificate.keyFile,
  'tls-ca-cert-file': certificate.certFile,
  'tls-auth-clients': 'no',
});

async function size(server: RedisServer, database: number): Promise<number> {
  const client = new Redis(`${server.url}/${database}`);
  try {
    return await client.dbsize();
  } finally {
    client.disconnect();
  }
}

describe('where the redis engine goes', () => {
  it('to the nodes of a cluster by TLS, when they are given as rediss://', async () => {
    const certificate = certify();
    const [port, busPort] = [await findFreePort(), await findFreePort()];
    const node = await start({
      settings: {
        ...byTls(certificate, port),
        'tls-cluster': 'yes',
        'cluster-enabled': 'yes',
        'cluster-announce-ip': '127.0.0.1',
        'cluster-port': String(busPort),
      },
    });
    const client = new Redis(node.url);
    await client.call('cluster', 'addslotsrange', '0', '16383');
    await vi.waitFor(
      async () => expect(await client.call('cluster', 'info')).toContain('cluster_state:ok'),
      20_000,
    );
    client.disconnect();
    const cluster = [`rediss://127.0.0.1:${port}`];
    await exercise({ cluster, tls: { ca: certificate.pem } });
    // Where the machine itself trusts the certificate, the scheme says all.
    const child = runChild('bus-redis-member.ts', [cluster[0] ?? '', 'own', JSON.stringify({ cluster })], {
      env: { NODE_EXTRA_CA_CERTS: certificate.certFile },
    });
    cleanups.push(() => child.kill());
    await vi.waitFor(() => expect(child.output()).toContain('ready'), 20_000);
    expect(() => redisEngine({ cluster: [...cluster, 'redis://127.0.0.1:1'] })).toThrow('by TLS');
  });

  it('to sentinels and to the master that they name by TLS, when the addresses say so', async () => {
    const certificate = certify();
    const [port, sentinelPort] = [await findFreePort(), await findFreePort()];
    await start({ settings: byTls(certificate, port) });
    const sentinel = await start({
      sentinelOf: { name: 'bus', port },
      settings: { ...byTls(certificate, sentinelPort), 'tls-replication': 'yes' },
    });
    const url = 'rediss://nowhere';
    const tls = { ca: certificate.pem };
    const secret = { master: 'bus', nodes: [`rediss://127.0.0.1:${sentinelPort}`] };
    const plain = { master: 'bus', nodes: [sentinel.url] };
    await exercise({ url, sentinels: secret, tls });
    await exercise({ url, sentinels: plain, tls });
    await expect(exercise({ url, sentinels: plain })).rejects.toThrow(/self-signed certificate/u);
  });

  it('to the database that the URL beside the sentinels names', async () => {
    const server = await start({});
    const sentinel = await start({ sentinelOf: { name: 'bus', port: server.port } });
    const sentinels = { master: 'bus', nodes: [sentinel.url] };
    await exercise({ url: 'redis://nowhere/3', sentinels });
    expect([await size(server, 0), (await size(server, 3)) > 0]).toEqual([0, true]);
    await exercise({ url: 'redis://nowhere', sentinels });
    expect(await size(server, 0)).toBeGreaterThan(0);
    expect(() => redisEngine({ url: 'redis://nowhere/three' })).toThrow('number of a database');
  });
});
