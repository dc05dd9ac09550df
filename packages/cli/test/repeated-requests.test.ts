import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@raptorflow/client';
import {
  createModelServer,
  proofSize,
  startPostgres,
  startProgramServer,
  startRedis,
  type ModelServer,
  type RunningServer,
} from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const kills = proofSize('REPEAT_KILLS', 4);
const model = 'rig-model';
const price = { input: 1_000_000, cachedInput: 1_000_000, cacheWrite: 1_000_000, output: 2_000_000 };
const question = { model, messages: [{ role: 'user', content: 'Say something.' }] };

let root = '';
let models: ModelServer;
let server: RunningServer;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-repeats-'));
  const period = { from: '2026-01-01', ...price, thinking: price.output };
  writeFileSync(
    join(root, 'prices.json'),
    JSON.stringify({ models: [{ models: [model], periods: [period] }] }),
  );
  models = createModelServer({ prices: { [model]: price }, answer: () => ({ text: 'Something, then.' }) });
  await models.start();
});
afterEach(async () => {
  await server.kill();
  await models.stop();
  rmSync(root, { recursive: true, force: true });
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  server = await startProgramServer({
    home: join(root, 'home'),
    env: {
      OPENAI_BASE_URL: `${models.url}/v1`,
      OPENAI_API_KEY: 'key',
      PRICES_FILE: join(root, 'prices.json'),
      ...env,
    },
  });
}

async function restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
  await server.kill();
  await start(env);
}

interface Answer {
  readonly status: number;
  readonly replayed: string | null;
  readonly text: string;
  readonly code: string | undefined;
}

/** Asks with a key; nothing is answered from the cache of answers. */
async function ask(key: string, path: string, body: unknown): Promise<Answer> {
  const response = await send(key, path, body);
  const text = await response.text();
  const code = response.ok ? undefined : (JSON.parse(text) as { error: { code: string } }).error.code;
  return { status: response.status, replayed: response.headers.get('idempotent-replayed'), text, code };
}

function send(key: string, path: string, body: unknown): Promise<Response> {
  return fetch(new URL(path, server.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.token}`,
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
}

async function attempts(): Promise<number> {
  const client = createClient({ baseUrl: server.url, token: server.token });
  return (await client.costs.lines({ query: {} })).items.length;
}

describe('a request with an idempotency key, when the server is killed before it is repeated', () => {
  it('at the door for OpenAI clients: the answer is given again, and nothing is called or charged twice', async () => {
    await start();
    const first = await ask('k1', '/v1/chat/completions', question);
    expect([first.status, first.replayed]).toEqual([200, null]);
    await restart();
    const again = await ask('k1', '/v1/chat/completions', question);
    expect([again.status, again.replayed, again.text]).toEqual([200, 'true', first.text]);
    expect([models.calls.length, models.bill.rows.length, await attempts()]).toEqual([1, 1, 1]);
  });

  it('killed while the model answers: it is not called again, and the repeated request is told why', async () => {
    await start();
    models.faults.add({ kind: 'stall' });
    const first = ask('k1', '/v1/chat/completions', question).catch(() => 'broken off');
    await vi.waitFor(() => expect(models.bill.rows).toHaveLength(1), 10_000);
    await restart();
    expect(await first).toBe('broken off');
    for (const _ of [1, 2]) {
      const again = await ask('k1', '/v1/chat/completions', question);
      expect([again.status, again.code]).toEqual([409, 'idempotency_uncertain']);
    }
    expect([models.calls.length, await attempts()]).toEqual([1, 1]);
    expect((await ask('k2', '/v1/chat/completions', question)).status).toBe(200);
  });

  it('streaming: a whole stream is not sent again, a broken one is told apart, and neither is called again', async () => {
    await start();
    const body = { ...question, stream: true };
    const whole = await ask('k1', '/v1/chat/completions', body);
    expect(whole.text).toContain('data: [DONE]');
    models.faults.add({ kind: 'stall', afterFrames: 2 });
    const broken = await send('k2', '/v1/chat/completions', body);
    const reader = broken.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    await restart();
    await expect(
      (async () => {
        while ((await reader?.read())?.done === false);
      })(),
    ).rejects.toThrow(/terminated|socket|reset/u);
    expect((await ask('k1', '/v1/chat/completions', body)).code).toBe('idempotency_not_replayable');
    expect((await ask('k2', '/v1/chat/completions', body)).code).toBe('idempotency_uncertain');
    expect([models.calls.length, await attempts()]).toEqual([2, 2]);
  });

  it(`at a seeded moment, ${kills} times: what it makes is there once at most, and once whenever it was answered`, async () => {
    await start();
    const random = seededRandom(7);
    for (let round = 0; round < kills; round += 1) {
      const name = `Workspace ${round}`;
      const first = ask(name.replace(' ', '-'), '/api/v1/workspaces', { name }).catch(() => undefined);
      await systemClock.sleep(random.next() * 100);
      await restart();
      const answered = await first;
      const again = await ask(name.replace(' ', '-'), '/api/v1/workspaces', { name });
      const client = createClient({ baseUrl: server.url, token: server.token });
      const { items } = await client.workspaces.list();
      const made = items.filter((workspace) => workspace.name === name).length;
      if (again.code === undefined) {
        expect([again.status, made]).toEqual([201, 1]);
        if (answered) expect([again.replayed, again.text]).toEqual(['true', answered.text]);
      } else {
        expect([again.code, answered]).toEqual(['idempotency_uncertain', undefined]);
        expect(made).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe('on PostgreSQL and Redis', () => {
  const stopping: (() => Promise<void>)[] = [];
  let env: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    stopping.push(
      () => postgres.stop(),
      () => redis.stop(),
    );
    env = { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url };
  });
  afterAll(async () => {
    await Promise.all(stopping.map((stop) => stop()));
  });

  it('another process says "under way" until the claim of the killed one has run out, then that nobody knows', async () => {
    await start(env);
    models.faults.add({ kind: 'stall' });
    const first = ask('k1', '/v1/chat/completions', question).catch(() => 'broken off');
    await vi.waitFor(() => expect(models.bill.rows).toHaveLength(1), 10_000);
    await restart(env);
    expect(await first).toBe('broken off');
    const codes = new Set<string | undefined>();
    await vi.waitFor(
      async () => {
        const { code } = await ask('k1', '/v1/chat/completions', question);
        codes.add(code);
        expect(code).toBe('idempotency_uncertain');
      },
      { timeout: 30_000, interval: 250 },
    );
    codes.delete('idempotency_in_progress');
    expect([...codes]).toEqual(['idempotency_uncertain']);
    expect(models.calls).toHaveLength(1);
  });
});
