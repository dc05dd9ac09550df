import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from 'raptorflow/kernel';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../src/compose/server.ts';
import { readConfig } from '../src/config.ts';

let root = '';
let server: RunningServer;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-meters-'));
  const env = { RAPTORFLOW_HOME: join(root, 'home'), PORT: '0' };
  server = await startServer(readConfig({ env, directory: root }));
});
afterEach(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  // The tests say what they expect of it.
  readonly body: Record<string, unknown>;
}

async function ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(new URL(path, server.url), {
    method,
    headers: {
      authorization: `Bearer ${server.localToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    body: (await answer.json()) as Record<string, unknown>,
  };
}

async function limit(resource: string, more: Readonly<Record<string, unknown>>): Promise<void> {
  const { status } = await ask('POST', '/api/v1/metrics/quotas', {
    quota_id: resource,
    name: resource,
    quota_scope: 'workspace',
    resource_type: resource,
    quota_type: 'hard',
    ...more,
  });
  expect(status).toBe(201);
}

it('a workspace that has made as many model calls as its quota allows is answered 429, with words and the time to come again', async () => {
  await limit('llm_requests', { period: 'hour', limit: 2, action: 'block' });
  const call = () =>
    ask('POST', '/api/v1/dispatch', { model: 'offline', messages: [{ role: 'user', content: 'Hello' }] });
  const answers = await Promise.all(Array.from({ length: 6 }, call));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body).toMatchObject({
    error: { code: 'exhausted', message: expect.stringContaining('has 0 of 2 left') as string },
  });
  expect(Number(refused?.retryAfter)).toBeGreaterThan(0);
  expect(Number(refused?.retryAfter)).toBeLessThanOrEqual(3_600);
});

it.each([
  ['queue', 'queued'],
  ['block', 'blocked'],
])(
  'the sample campaign comes to its end with one run at a time, where the quota says %s',
  async (action, taken) => {
    await limit('concurrent_runs', { period: 'held', limit: 1, action });
    const { body } = await ask('POST', '/api/v1/campaigns/samples/kilnwatch/run');
    const path = `/api/v1/campaigns/${String(body['campaign_id'])}`;
    let status: unknown = '';
    for (let tries = 0; tries < 400 && status !== 'completed' && status !== 'failed'; tries += 1) {
      await systemClock.sleep(100);
      ({ status } = (await ask('GET', path)).body);
    }
    expect(status).toBe('completed');
    const { body: shown } = await ask('GET', '/api/v1/metrics/quotas?quota_id=concurrent_runs');
    expect(shown).toMatchObject({ data: { usage: [{ current_usage: 0, limit: 1 }] } });
    // Several wanted to run at once.
    const { data } = shown as { data: { violations: { action_taken: string }[] } };
    expect(data.violations).toContainEqual(expect.objectContaining({ action_taken: taken }));
  },
);
