import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import {
  createModelServer,
  runProgram,
  startProgramServer,
  type ModelServer,
  type RunningServer,
} from '@raptorflow/rig';
import { systemClock } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

/** Secrets of every kind, each known again by its number. */
const core = (number: number): string => `A1pLanTed${number}Q7wErTyUiOpAsDfGhJkLz`;
const planted = Array.from({ length: 12 }, (_, number) => core(number));
const bearer = (number: number): string => `Authorization: Bearer ${core(number)}`;
const address = (number: number): string => `https://ops:${core(number)}@pager.example.com/`;
const key = (number: number): string => `sk-ant-${core(number)}`;

/** Everything that somebody could read, by where it stood. */
const seen = new Map<string, string>();
function see(where: string, text: string): string {
  seen.set(where, `${seen.get(where) ?? ''}${text}\n`);
  return text;
}

let root = '';
let home = '';
let models: ModelServer;
let receiver: Server;
let smtp: TcpServer;
let server: RunningServer;
let socket: WebSocket;
let frames = 0;
let client: Client;
let env: Record<string, string> = {};
const portOf = (each: Server | TcpServer): number => (each.address() as AddressInfo).port;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-planted-'));
  home = join(root, 'home');
  // A provider that quotes what it was sent.
  models = createModelServer({
    prices: { 'rig-model': { input: 0, cachedInput: 0, cacheWrite: 0, output: 0 } },
  });
  await models.start();
  models.faults.rule(() => ({
    kind: 'status',
    status: 401,
    message: `Incorrect API key provided: ${key(0)}; ${bearer(1)}`,
  }));
  // Receivers of alerts that refuse for good and repeat the request.
  receiver = createServer((request, response) => response.writeHead(410).end(request.url));
  smtp = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('220 test\r\n');
    socket.setEncoding('utf8').on('data', (line: string) => {
      if (line.startsWith('EHLO')) socket.write('250-test\r\n250 AUTH PLAIN\r\n');
      else socket.write(`535 5.7.8 wrong credentials: ${line.trim()} mail:${core(4)}\r\n`);
    });
  });
  for (const each of [receiver, smtp]) {
    await new Promise<void>((resolve) => {
      each.listen(0, '127.0.0.1', resolve);
    });
  }
  const period = { from: '2026-01-01', input: 1, cachedInput: 1, cacheWrite: 1, output: 1, thinking: 1 };
  writeFileSync(
    join(root, 'prices.json'),
    JSON.stringify({ models: [{ models: ['rig-model'], periods: [period] }] }),
  );
  env = {
    OPENAI_BASE_URL: `${models.url}/v1`,
    OPENAI_API_KEY: key(0),
    OPENAI_MODEL: 'rig-model',
    PRICES_FILE: join(root, 'prices.json'),
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${portOf(receiver)}/hook?token=${core(2)}`,
    WEBHOOK_SECRET: `whsec_${core(5)}`,
    ALERT_SLACK_URL: `http://127.0.0.1:${portOf(receiver)}/services/${core(3)}`,
    ALERT_MAIL_TO: 'ops@example.com',
    SMTP_URL: `smtp://mail:${core(4)}@127.0.0.1:${portOf(smtp)}`,
    MAIL_FROM: 'raptor@example.com',
    METRICS_TOKEN: core(6),
    LOG_LEVEL: 'debug',
  };
  server = await startProgramServer({ home, env });
  client = createClient({ baseUrl: server.url, token: server.token });
  // A dashboard that looks at every channel.
  const at = new URL(`/ws/dashboard/${server.userId}`, server.url.replace('http', 'ws'));
  socket = new WebSocket(at, [`bearer.${server.token}`, 'raptorflow']);
  socket.addEventListener('message', ({ data }) => {
    see('socket', String(data));
    frames += 1;
  });
  await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
  socket.send(JSON.stringify({ tail: ['>'] }));
});
afterAll(async () => {
  socket.close();
  await server.kill();
  await models.stop();
  receiver.close();
  smtp.close();
  rmSync(root, { recursive: true, force: true });
});

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: {
      authorization: `Bearer ${server.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  see(`${method} ${path.split('?')[0]}`, text);
  return { status: response.status, text };
}

async function run(...args: string[]): Promise<string> {
  const { stdout, stderr } = await runProgram(args, { home, env });
  return see(`raptorflow ${args.join(' ')}`, stdout + stderr);
}

function expectNothingSeen(): void {
  const shown = [...seen].flatMap(([where, text]) =>
    planted.flatMap((secret) => {
      const forms = [secret, Buffer.from(`\0mail\0${secret}`).toString('base64'), encodeURIComponent(secret)];
      const at = forms.map((form) => text.indexOf(form)).find((found) => found >= 0);
      return at === undefined ? [] : [`${where}: …${text.slice(Math.max(0, at - 90), at + 40)}…`];
    }),
  );
  expect(shown).toEqual([]);
}

/** Asks every address that is read without knowing more than ids from lists. */
async function readEverything(): Promise<void> {
  const { paths } = JSON.parse((await ask('GET', '/openapi.json')).text) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const read = Object.keys(paths).filter(
    (path) => 'get' in (paths[path] ?? {}) && !path.includes('{') && !path.includes('oidc'),
  );
  expect(read.length).toBeGreaterThan(30);
  for (const path of read) await ask('GET', path);
}

describe('secrets that are planted in a running server are shown by no surface', () => {
  it('in errors of models: answers, streams, runs, campaigns, events and metrics of operations', async () => {
    const question = { model: 'rig-model', messages: [{ role: 'user', content: 'Hello.' }] };
    for (const stream of [false, true]) {
      const { text } = await ask('POST', '/v1/chat/completions', { ...question, stream });
      expect(text).toContain('[masked]');
      await ask('POST', '/api/v1/dispatch', { ...question, stream });
    }
    const { campaign_id: id } = await client.campaigns.runSample({ params: { name: 'kilnwatch' } });
    await vi.waitFor(
      async () => expect((await client.campaigns.get({ params: { campaign_id: id } })).status).toBe('failed'),
      { timeout: 60_000, interval: 200 },
    );
    await ask('GET', `/api/v1/campaigns/${id}`);
    const { items: runs } = await client.runs.list({ query: { campaign_id: id, limit: 50 } });
    expect(runs.some((each) => each.status === 'failed')).toBe(true);
    for (const each of runs) {
      for (const part of ['', '/steps', '/journal']) await ask('GET', `/api/v1/runs/${each.id}${part}`);
      await ask('GET', `/api/v1/bus/trace/${each.id}`);
    }
    for (const channel of ['sys.state.update', 'sys.global.heartbeat', 'sys.alert.critical']) {
      await ask('POST', '/api/v1/bus/replay', { channel, limit: 1000 });
    }
    await run('runs', 'list');
    await run('campaign', 'show', id);
    expectNothingSeen();
  }, 120_000);

  it('in alerts: what rules, silences and notes say, and where notifiers send it', async () => {
    const trial = await ask('POST', '/api/v1/metrics/alerts/notifiers/test', {});
    expect(trial.text).toContain('webhook');
    const rule = await ask('POST', '/api/v1/metrics/alerts/rules?scope=installation', {
      name: 'planted',
      condition: 'gt',
      metric: 'system_cpu_percent',
      threshold: -1,
      duration_seconds: 0,
      interval_seconds: 1,
      severity: 'warning',
      summary: `Call ${address(7)} with ${bearer(7)}.`,
      runbook_url: `https://runbooks.example.com/?token=${core(7)}`,
      labels: { api_key: core(7), note: key(7) },
    });
    expect([rule.status, rule.text]).toEqual([201, expect.stringContaining('[masked]')]);
    const silence = await ask('POST', '/api/v1/metrics/alerts/silences?scope=installation', {
      matchers: [{ label: 'alertname', op: 'eq', value: 'planted' }],
      ends_at: new Date(systemClock.now() + 3_600_000).toISOString(),
      comment: `Until ${address(7)} answers.`,
    });
    expect([silence.status, silence.text]).toEqual([201, expect.stringContaining('[masked]')]);
    // Once it fires, its words are also those of the alert and of its history.
    await vi.waitFor(
      async () =>
        expect((await ask('GET', '/api/v1/metrics/alerts/active?scope=installation')).text).toContain(
          'planted',
        ),
      { timeout: 60_000, interval: 500 },
    );
    await ask('GET', '/api/v1/metrics/alerts/history?scope=installation');
    await ask('GET', '/api/v1/metrics/alerts/rules?scope=installation');
    await run('alerts', 'list');
    await run('alerts', 'test');
    expectNothingSeen();
  }, 120_000);

  it('in dead letters of pipelines and of the bus', async () => {
    const bundle = {
      type: 'bundle',
      id: 'bundle--5d0092c5-5f74-4287-9642-33f4c354e56d',
      objects: [
        {
          type: 'vulnerability',
          spec_version: '2.1',
          id: `vulnerability--${bearer(8)}`,
          name: 7,
          api_key: core(8),
          description: `See ${address(8)}`,
        },
      ],
    };
    const { text } = await ask('POST', '/api/v1/signals/ingest?format=stix', JSON.stringify(bundle));
    expect(JSON.parse(text)).toMatchObject({ failed: 1 });
    await vi.waitFor(async () =>
      expect((await ask('GET', '/api/v1/bus/dlq')).text).toContain('vulnerability'),
    );
    const { items } = await client.bus.deadLetters();
    for (const { id } of items) await run('dlq', 'show', id);
    await run('dlq', 'list');
    for (const channel of new Set(
      items.flatMap((each) => [each.original_channel, each.event?.channel ?? '']),
    )) {
      await ask('POST', '/api/v1/bus/replay', { channel, limit: 1000 });
      await ask('GET', `/api/v1/bus/channels/${channel}`);
    }
    for (const { event } of items) await ask('GET', `/api/v1/bus/messages/${event?.id ?? ''}`);
    expectNothingSeen();
  }, 60_000);

  it('in answers to what was asked wrongly', async () => {
    const messages = [{ role: 'user', content: 'Hi.' }];
    const statuses = [
      await ask('PUT', `/api/v1/budgets/agent/${key(9)}`, { cap_usd: '1.000000' }),
      await ask('GET', `/api/v1/runs/${key(9)}`),
      await ask('GET', `/nowhere/${key(9)}?token=${core(9)}`),
      await ask('POST', '/api/v1/dispatch', { model: `openai:${key(9)}`, messages }),
      await ask('POST', '/v1/chat/completions', { model: key(9), messages }),
      await ask('POST', '/api/v1/workspaces', { [key(9)]: 1 }),
      await ask('POST', '/api/v1/workspaces', `{"name": "${bearer(9)}`),
      await ask('POST', '/api/v1/bus/publish', { channel: `Bad ${bearer(9)}`, type: 'x', payload: {} }),
    ].map(({ status }) => status);
    expect(statuses.filter((status) => status < 400 || status >= 500)).toEqual([]);
    expectNothingSeen();
  });

  it('in the audit, the log, and whatever else can be read by HTTP or at the command line', async () => {
    await ask('PATCH', `/api/v1/workspaces/${(await client.workspaces.list()).items[0]?.id}`, {
      name: `Team ${bearer(10)}`,
    });
    await readEverything();
    for (const args of [
      ['doctor'],
      ['doctor', '--json'],
      ['status'],
      ['status', '--json'],
      ['audit', 'verify'],
      ['costs'],
      ['bus', 'channels'],
    ]) {
      await run(...args);
    }
    for (const name of readdirSync(join(home, 'logs')))
      see(`log ${name}`, readFileSync(join(home, 'logs', name), 'utf8'));
    expect(frames).toBeGreaterThan(20);
    expect(seen.get('socket')).toContain('vulnerability');
    await server.stop();
    see('output', server.output());
    // The name of a workspace is what its owner calls it, and shown as it is; nobody else's record of it is.
    for (const where of [...seen.keys()].filter((each) =>
      /workspaces(?:\/wsp_[^/]+)?$|auth\/me$/u.test(each),
    ))
      seen.delete(where);
    expectNothingSeen();
    expect([...seen.values()].join('')).toContain('[masked]');
  }, 120_000);

  it('in what the doctor and a failed start say of the configuration', async () => {
    env = {
      ...env,
      OPENAI_BASE_URL: `http://ops:${core(11)}@127.0.0.1:1/v1`,
      REDIS_URL: `redis://:${core(11)}@127.0.0.1:1`,
      DATABASE_URL: `postgres://app:${core(11)}@127.0.0.1:1/app`,
      CONNECT_WAIT_SECONDS: '0',
    };
    await run('doctor');
    await run('doctor', '--json');
    await run('up', '--json');
    env = {
      ...env,
      SMTP_URL: `mail:${core(11)}@nowhere`,
      SUPABASE_URL: `ops:${core(11)}@x`,
      REDIS_URL: `ops:${core(11)}@nowhere`,
      SECRET_KEY: core(11).slice(0, 20),
    };
    await run('doctor');
    expect(await run('up')).toContain('SMTP_URL');
    expectNothingSeen();
  }, 60_000);
});
