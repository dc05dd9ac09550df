import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import {
  jsonLines,
  runProgram,
  spawnProgram,
  startPostgres,
  startProgramServer,
  startRedis,
  type PostgresServer,
  type ProgramChild,
  type RedisServer,
  type RunningServer,
} from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

let postgres: PostgresServer;
let redis: RedisServer;
beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis({ appendfsync: 'everysec' })]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), redis.stop()]);
});

let root = '';
let env: Readonly<Record<string, string>> = {};
let server: RunningServer | undefined;
let workers: ProgramChild[] = [];
let installations = 0;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-distributed-'));
  installations += 1;
  env = {
    REDIS_URL: redis.url,
    REDIS_PREFIX: `test${installations}`,
    DATABASE_URL: await postgres.createDatabase(),
    LOG_LEVEL: 'warn',
  };
});
afterEach(async () => {
  for (const child of workers) child.process.kill('SIGKILL');
  await Promise.all([server?.kill(), ...workers.map((child) => child.ended)]);
  [server, workers] = [undefined, []];
  rmSync(root, { recursive: true, force: true });
});

const waiting = { timeout: 75_000, interval: 20 } as const;

/** A server and two workers, each in a directory of its own, on the same stores. */
async function startInstallation(): Promise<{ client: Client; running: RunningServer }> {
  const running = await startProgramServer({ home: join(root, 'server'), env });
  server = running;
  workers = ['one', 'two'].map((name) => spawnProgram(['worker', '--json'], { home: join(root, name), env }));
  await vi.waitFor(() => {
    for (const child of workers) expect(jsonLines(child.stdout()), child.stderr()).toHaveLength(1);
  }, waiting);
  return { running, client: createClient({ baseUrl: running.url, token: running.token }) };
}

async function tasksDone(client: Client, id: string): Promise<number> {
  const { stages } = await client.campaigns.get({ params: { campaign_id: id } });
  return stages.reduce((sum, stage) => sum + stage.progress.done, 0);
}

async function completed(client: Client, id: string): Promise<void> {
  await vi.waitFor(
    async () =>
      expect(await client.campaigns.get({ params: { campaign_id: id } })).toMatchObject({
        status: 'completed',
      }),
    waiting,
  );
}

/** What the campaign made, without what is new each time. */
async function artefacts(client: Client, id: string): Promise<unknown> {
  const params = { campaign_id: id };
  const [campaign, { items: assets }] = await Promise.all([
    client.campaigns.get({ params }),
    client.campaigns.assets({ params }),
  ]);
  const made = {
    stages: campaign.stages.map(({ name, status, summary, progress }) => ({
      name,
      status,
      summary,
      progress,
    })),
    counts: campaign.counts,
    assets: assets
      .map(({ channel, status, verdict, variants }) => ({ channel, status, verdict, variants }))
      .toSorted((left, right) => left.channel.localeCompare(right.channel)),
  };
  return JSON.parse(JSON.stringify(made).replaceAll(/doc_[\w-]+/g, 'doc'));
}

/** Every stage was completed once, every piece of work has one run, and nothing was given up. */
async function expectDoneOnce(client: Client, id: string): Promise<void> {
  const { items } = await client.bus.replay({ body: { channel: 'sys.state.update', limit: 1000 } });
  const own = items.filter((event) => event.request_id === id);
  const stages = own
    .filter((event) => event.type === 'campaign_stage' && event.payload['status'] === 'completed')
    .map((event) => event.payload['stage']);
  const campaign = await client.campaigns.get({ params: { campaign_id: id } });
  expect(stages).toEqual(campaign.stages.map((stage) => stage.name));
  expect(own.filter((event) => event.type === 'campaign_completed')).toHaveLength(1);
  const { items: runs } = await client.runs.list({ query: { campaign_id: id, limit: 200 } });
  expect(runs.filter((run) => run.status !== 'completed')).toEqual([]);
  const work = runs.map((run) => `${run.run_type} ${run.agent_code} ${run.name}`);
  expect([work.length, new Set(work).size]).toEqual([campaign.counts.runs, work.length]);
  expect((await client.bus.deadLetters()).items).toEqual([]);
}

async function health(running: RunningServer, path: string): Promise<{ code: number; body: unknown }> {
  const headers = { authorization: `Bearer ${running.token}` };
  const answer = await fetch(new URL(path, running.url), { headers });
  return { code: answer.status, body: await answer.json() };
}

describe('an installation on Redis and PostgreSQL', () => {
  it('spreads a campaign over a server and two workers, with the same artefacts as the embedded one', async () => {
    const { client, running } = await startInstallation();
    const { campaign_id: id } = await client.campaigns.runSample({ params: { name: 'kilnwatch' } });
    await completed(client, id);
    await expectDoneOnce(client, id);
    // Model calls of all processes, as other tools read them.
    const reader = new Redis(redis.url);
    onTestFinished(() => reader.disconnect());
    await vi.waitFor(async () => {
      const calls = await reader.hget('metrics:periscope:operations:model_call', 'calls');
      expect(Number(calls)).toBeGreaterThan(0);
    }, waiting);
    await expect
      .poll(() => health(running, '/health/all'), waiting)
      .toMatchObject({
        code: 200,
        body: {
          status: 'healthy',
          environment: { profile: 'distributed', stores: { events: 'redis', relational: 'postgres' } },
          services: { redis: { status: 'healthy', details: { durability: 'process', processes: 3 } } },
        },
      });

    for (const child of workers) child.process.kill('SIGTERM');
    for (const child of workers) {
      expect(await child.ended).toEqual({ exitCode: 0, signal: null });
      const last = jsonLines(child.stdout()).at(-1) as { events_handled: number };
      expect(last.events_handled).toBeGreaterThan(0);
    }

    const embedded = await startProgramServer({ home: join(root, 'embedded') });
    try {
      const alone = createClient({ baseUrl: embedded.url, token: embedded.token });
      const same = await alone.campaigns.runSample({ params: { name: 'kilnwatch' } });
      await completed(alone, same.campaign_id);
      // The last events of a campaign reach the bus, and its count, shortly after its end.
      await vi.waitFor(
        async () => expect(await artefacts(client, id)).toEqual(await artefacts(alone, same.campaign_id)),
        { ...waiting, interval: 250 },
      );
    } finally {
      await embedded.kill();
    }
  });

  it('takes over from a worker that is killed in the middle, and does nothing twice', async () => {
    const { client } = await startInstallation();
    const { campaign_id: id } = await client.campaigns.runSample({ params: { name: 'kilnwatch' } });
    await vi.waitFor(async () => expect(await tasksDone(client, id)).toBeGreaterThan(3), waiting);
    workers[0]?.process.kill('SIGKILL');
    await completed(client, id);
    await expectDoneOnce(client, id);
  });

  it('goes on when Redis was stopped and started under a campaign; meanwhile it says so and answers 503', async () => {
    let own = await startRedis({ appendfsync: 'everysec' });
    onTestFinished(() => own.stop());
    const { port, directory } = own;
    env = { ...env, REDIS_URL: own.url };
    const { client, running } = await startInstallation();
    const { campaign_id: id } = await client.campaigns.runSample({ params: { name: 'kilnwatch' } });
    await vi.waitFor(async () => expect(await tasksDone(client, id)).toBeGreaterThan(3), waiting);
    await own.kill();
    const ready = (): Promise<number> => health(running, '/health/ready').then(({ code }) => code);
    await expect.poll(ready, waiting).toBe(503);
    expect(await health(running, '/health/all')).toMatchObject({
      code: 503,
      body: {
        status: 'unhealthy',
        services: {
          redis: { status: 'unhealthy', reasons: [expect.stringContaining(`:${port} does not answer`)] },
        },
      },
    });
    const refused = { status: 503, code: 'unavailable' };
    await expect(
      client.bus.publish({ body: { channel: 'sys.state.update', type: 'state_update', payload: {} } }),
    ).rejects.toMatchObject(refused);
    await expect(client.bus.replay({ body: { channel: 'sys.state.update' } })).rejects.toMatchObject(refused);
    // A row whose event waits in the outbox is fine.
    const { campaign_id: meanwhile } = await client.campaigns.runSample({ params: { name: 'kilnwatch' } });

    own = await startRedis({ appendfsync: 'everysec', port, directory });
    await completed(client, id);
    await completed(client, meanwhile);
    await expect
      .poll(() => health(running, '/health/all'), waiting)
      .toMatchObject({ code: 200, body: { status: 'healthy' } });
    await expectDoneOnce(client, id);
  });
});

it('says that PostgreSQL is away, and answers 503 instead of waiting', async () => {
  const own = await startPostgres();
  onTestFinished(() => own.stop());
  env = { ...env, DATABASE_URL: await own.createDatabase() };
  const running = await startProgramServer({ home: join(root, 'server'), env });
  server = running;
  await own.stop();
  await expect
    .poll(() => health(running, '/health/ready'), waiting)
    .toEqual({ code: 503, body: { status: 'unhealthy' } });
  await expect(
    createClient({ baseUrl: running.url, token: running.token }).campaigns.list(),
  ).rejects.toMatchObject({ status: 503, code: 'unavailable' });
  expect((await fetch(new URL('/health/live', running.url))).status).toBe(200);
});

describe('what several processes need', () => {
  it('refuses a worker without Redis and PostgreSQL, and says which variable is missing', async () => {
    const { DATABASE_URL, ...withoutDatabase } = env;
    expect(DATABASE_URL).toBeDefined();
    const end = await runProgram(['worker', '--json'], { home: join(root, 'one'), env: withoutDatabase });
    expect(end.exitCode).toBe(2);
    expect(end.stderr).toContain('DATABASE_URL is not set');
  });

  it('names REDIS_URL, and never the password, when Redis cannot be reached', async () => {
    const nowhere = { ...env, REDIS_URL: 'redis://:hush-hush@127.0.0.1:1', CONNECT_WAIT_SECONDS: '0' };
    const ends = await Promise.all(
      ['up', 'worker', 'doctor'].map((name) =>
        runProgram([name, '--json'], { home: join(root, name), env: { ...nowhere, PORT: '0' } }),
      ),
    );
    for (const { exitCode, stdout, stderr } of ends) {
      expect([exitCode, stderr]).toEqual([7, expect.stringContaining('Redis')]);
      expect(stdout + stderr).toContain('REDIS_URL');
      expect(stdout + stderr).not.toContain('hush-hush');
    }
  });

  it('refuses a second process that shares only one of the stores', async () => {
    server = await startProgramServer({ home: join(root, 'server'), env });
    const { REDIS_URL, DATABASE_URL, ...shared } = env;
    const second = (part: Record<string, string>): ReturnType<typeof runProgram> =>
      runProgram(['up', '--json'], { home: join(root, 'second'), env: { ...shared, ...part, PORT: '0' } });
    const onRedis = await second({ REDIS_URL: REDIS_URL ?? '' });
    expect([onRedis.exitCode, onRedis.stderr]).toEqual([5, expect.stringContaining('DATABASE_URL')]);
    const onPostgres = await second({ DATABASE_URL: DATABASE_URL ?? '' });
    expect([onPostgres.exitCode, onPostgres.stderr]).toEqual([5, expect.stringContaining('REDIS_URL')]);
  });
});
