import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from 'raptorflow/kernel';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../src/compose/server.ts';
import { readConfig } from '../src/config.ts';

let root = '';
let server: RunningServer;
let aheadMs = 0;
/** Timers take their time; what is measured may be told that an hour has gone. */
const clock: Clock = {
  now: () => systemClock.now() + aheadMs,
  monotonic: () => systemClock.monotonic() + aheadMs,
  setTimeout: (fn, ms) => systemClock.setTimeout(fn, ms),
  setInterval: (fn, ms) => systemClock.setInterval(fn, ms),
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};

beforeEach(async () => {
  aheadMs = 0;
  root = mkdtempSync(join(tmpdir(), 'raptorflow-own-'));
  const env = { RAPTORFLOW_HOME: join(root, 'home'), PORT: '0' };
  server = await startServer(readConfig({ env, directory: root }), { clock });
});
afterEach(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

async function ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const answer = await fetch(new URL(path, server.url), {
    method,
    headers: {
      authorization: `Bearer ${server.localToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
  return (await answer.json()) as T;
}

async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400 && !(await isSo()); tries += 1) await systemClock.sleep(100);
  expect(await isSo()).toBe(true);
}

/** Scans as often as growth needs to say anything, with minutes between them. */
async function leaksAfter(scans: number): Promise<unknown[]> {
  for (let scan = 0; scan < scans; scan += 1) {
    aheadMs += 600_000;
    await ask('POST', '/api/v1/metrics/resources/leaks/scan');
    await systemClock.sleep(100);
  }
  const { data } = await ask<{ data: unknown[] }>(
    'GET',
    '/api/v1/metrics/resources/leaks?scope=installation',
  );
  return data;
}

const opened = async (): Promise<readonly { resource_type: string; owner: string | null }[]> =>
  (
    await ask<{ data: { resource_type: string; owner: string | null }[] }>(
      'GET',
      '/api/v1/metrics/resources?scope=installation',
    )
  ).data;

it('an idle server with an open dashboard has no leaks, and its socket is among what is open until it closes', async () => {
  const url = `${server.url.replace('http', 'ws')}/ws/dashboard/${server.localUserId}`;
  const socket = new WebSocket(url, [`bearer.${server.localToken}`]);
  await waitFor(async () => (await opened()).length === 1);
  expect(await opened()).toMatchObject([{ resource_type: 'network_connection', owner: server.localUserId }]);
  expect(await leaksAfter(12)).toEqual([]);
  const { data } = await ask<{ data: { resources_cleaned: number } }>(
    'POST',
    '/api/v1/metrics/resources/cleanup/network_connection?scope=installation',
  );
  expect(data.resources_cleaned).toBe(0);
  socket.close();
  await waitFor(async () => (await opened()).length === 0);
});

it('a server after the sample campaign has no leaks and holds nothing of its runs', async () => {
  const { campaign_id: id } = await ask<{ campaign_id: string }>(
    'POST',
    '/api/v1/campaigns/samples/kilnwatch/run',
  );
  await waitFor(async () => {
    const { status } = await ask<{ status: string }>('GET', `/api/v1/campaigns/${id}`);
    return status === 'awaiting_approval' || status === 'completed';
  });
  expect((await opened()).filter(({ resource_type: type }) => type !== 'network_connection')).toEqual([]);
  expect(await leaksAfter(12)).toEqual([]);
});
