import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import {
  spawnProgram,
  startPostgres,
  startProgramServer,
  startRedis,
  type PostgresServer,
  type ProgramChild,
  type RedisServer,
  type RunningServer,
} from '@raptorflow/rig';
import { afterAll, beforeAll, expect, it } from 'vitest';

const waiting = { timeout: 75_000, interval: 250 } as const;
const installation = { scope: 'installation' } as const;

let root = '';
let postgres: PostgresServer;
let redis: RedisServer;
const servers: RunningServer[] = [];
let worker: ProgramChild | undefined;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-monitoring-'));
  [postgres, redis] = await Promise.all([startPostgres(), startRedis({ appendfsync: 'everysec' })]);
  const env = {
    REDIS_URL: redis.url,
    DATABASE_URL: await postgres.createDatabase(),
    SECRET_KEY: 'one-key-for-all-servers-of-this-test',
    LOG_LEVEL: 'warn',
  };
  for (const name of ['one', 'two']) {
    servers.push(await startProgramServer({ home: join(root, name), env }));
  }
  worker = spawnProgram(['worker', '--json'], { home: join(root, 'worker'), env });
});
afterAll(async () => {
  worker?.process.kill('SIGKILL');
  await Promise.all([...servers.map((server) => server.kill()), worker?.ended]);
  await Promise.all([postgres.stop(), redis.stop()]);
  rmSync(root, { recursive: true, force: true });
});

function clientOf({ url, token }: RunningServer): Client {
  return createClient({ baseUrl: url, token });
}

async function sumOf(client: Client, metric: string, tags?: string): Promise<number> {
  const { data } = await client.metrics.history({
    query: {
      ...installation,
      metric,
      aggregation: 'sum',
      limit: 1_000,
      ...(tags === undefined ? {} : { tags }),
    },
  });
  return data.flatMap(({ points }) => points).reduce((sum, { value }) => sum + (value ?? 0), 0);
}

it('every server tells the metrics and the pipelines of all processes', async () => {
  const [one, two] = servers.map(clientOf);
  if (!one || !two) throw new Error('There are two servers.');
  for (let calls = 0; calls < 7; calls += 1) await two.documents.list();
  const body = new Blob(['{"type":"bundle","id":"bundle--0","objects":[]}']);
  await two.signals.ingest({ query: {}, body });
  // What the second server answered, asked of the first, which answered none.
  await expect.poll(() => sumOf(one, 'http_requests', 'route=/api/v1/documents'), waiting).toBe(7);

  // Processes that only work tell of themselves too.
  const { campaign_id: id } = await one.campaigns.runSample({ params: { name: 'kilnwatch' } });
  await expect
    .poll(async () => (await one.campaigns.get({ params: { campaign_id: id } })).status, waiting)
    .toBe('completed');
  const { counts } = await one.campaigns.get({ params: { campaign_id: id } });
  await expect.poll(() => sumOf(one, 'agent_executions'), waiting).toBeGreaterThanOrEqual(counts.runs);
  expect(await sumOf(two, 'agent_executions')).toBe(await sumOf(one, 'agent_executions'));

  // And now: three processes in one answer.
  const present = await two.metrics.global({ query: { ...installation, metric: 'agent_executions' } });
  expect(present.processes.filter(({ name }) => name.startsWith('server-'))).toHaveLength(2);
  expect(present.processes.filter(({ name }) => name.startsWith('worker-'))).toHaveLength(1);
  await expect
    .poll(async () => {
      const { data } = await two.metrics.global({ query: { ...installation, metric: 'agent_executions' } });
      return data.reduce((sum, { value }) => sum + (value ?? 0), 0);
    }, waiting)
    .toBeGreaterThanOrEqual(counts.runs);

  // The second server has taken a document in, which the first one shows with its process.
  const others = async (): Promise<readonly string[]> =>
    (await one.periscope.pipelines()).items.map(({ process }) => process);
  await expect.poll(others, waiting).toHaveLength(1);
  expect(await others()).toEqual((await two.periscope.pipelines()).items.map(({ process }) => process));
});

it('one server looks after alerts, every server answers for them, and another takes over when it is killed', async () => {
  const [one, two] = servers.map(clientOf);
  if (!one || !two) throw new Error('There are two servers.');
  const rule = {
    name: 'answering',
    metric: 'http_requests',
    aggregation: 'sum',
    condition: 'gt',
    threshold: 0,
    window_seconds: 60,
    interval_seconds: 10,
    duration_seconds: 0,
    missing: 'keep',
  } as const;
  // The first server has the duty: the second one passes on, with what is wrong with a rule as well.
  await two.alerts.createRule({ query: installation, body: rule });
  await expect(two.alerts.createRule({ query: installation, body: rule })).rejects.toMatchObject({
    status: 409,
    code: 'conflict',
  });
  const names = async (client: Client): Promise<string[]> =>
    (await client.alerts.listRules({ query: installation })).data.map(({ name }) => name);
  expect(await names(two)).toEqual(await names(one));
  expect(await names(one)).toContain('answering');
  const firing = async (client: Client): Promise<boolean> =>
    (await client.alerts.active({ query: installation })).data.some(
      (alert) => alert.rule === 'answering' && alert.state === 'firing',
    );
  await expect.poll(() => firing(two), waiting).toBe(true);
  const begun = async (client: Client): Promise<string[]> =>
    (
      await client.alerts.history({ query: { ...installation, rule: 'answering', state: 'firing' } })
    ).data.map(({ alert_id: id }) => id);
  const before = await begun(one);

  await servers[0]?.kill();
  await expect
    .poll(async () => {
      try {
        return await firing(two);
      } catch {
        return 'not yet';
      }
    }, waiting)
    .toBe(true);
  // It goes on where the other one was: what fired did not begin again, though other routes have begun to fire since.
  const after = await begun(two);
  expect(after).toEqual(expect.arrayContaining(before));
  expect(new Set(after).size).toBe(after.length);
  expect(await names(two)).toContain('answering');
}, 150_000);
