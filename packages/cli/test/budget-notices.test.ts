import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@raptorflow/client';
import {
  createModelServer,
  startPostgres,
  startProgramServer,
  startRedis,
  type ModelServer,
  type RunningServer,
} from '@raptorflow/rig';
import { systemClock } from 'raptorflow/kernel';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';

const model = 'rig-model';
// A cent for each token of the answer, so that a dollar is soon spent.
const cent = 10_000_000_000;
const price = { input: 0, cachedInput: 0, cacheWrite: 0, output: cent };

let root = '';
let models: ModelServer;
let server: RunningServer;
let web: Server;
let smtp: TcpServer;
let webTakes = true;
const mails: string[] = [];
const posts: { path: string; body: string; id: string | undefined }[] = [];
beforeEach(async () => {
  [mails.length, posts.length, webTakes] = [0, 0, true];
  root = mkdtempSync(join(tmpdir(), 'raptorflow-budget-notices-'));
  const period = { from: '2026-01-01', ...price, thinking: cent };
  writeFileSync(
    join(root, 'prices.json'),
    JSON.stringify({ models: [{ models: [model], periods: [period] }] }),
  );
  models = createModelServer({ prices: { [model]: price }, answer: () => ({ text: 'Ten words or so.' }) });
  await models.start();
  web = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      if (!webTakes) return response.writeHead(503).end();
      posts.push({ path: request.url ?? '', body, id: request.headers['webhook-id'] as string | undefined });
      return response.writeHead(200).end('ok');
    });
  });
  smtp = createTcpServer((socket) => {
    let [buffer, mail]: [string, string | undefined] = ['', undefined];
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    say('220 test ESMTP');
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      buffer += chunk;
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (mail === undefined) {
          if (line === 'DATA') mail = '';
          say(line.startsWith('EHLO') ? '250 test' : line === 'DATA' ? '354 go on' : '250 ok');
          if (line === 'QUIT') socket.end();
        } else if (line === '.') {
          mails.push(mail.replaceAll('=\n', ''));
          mail = undefined;
          say('250 taken');
        } else mail += `${line}\n`;
      }
    });
  });
  for (const each of [web, smtp]) {
    await new Promise<void>((resolve) => {
      each.listen(0, '127.0.0.1', resolve);
    });
  }
});
afterEach(async () => {
  await server.kill();
  await models.stop();
  web.close();
  smtp.close();
  rmSync(root, { recursive: true, force: true });
});

const portOf = (each: Server | TcpServer): number => (each.address() as AddressInfo).port;

async function start(home = 'home', stores: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  return startProgramServer({
    home: join(root, home),
    env: {
      ...stores,
      OPENAI_BASE_URL: `${models.url}/v1`,
      OPENAI_API_KEY: 'key',
      PRICES_FILE: join(root, 'prices.json'),
      MONTHLY_WORKSPACE_BUDGET_USD: '1',
      ALERT_WEBHOOK_URL: `http://127.0.0.1:${portOf(web)}/hook`,
      WEBHOOK_SECRET: 'a secret of the webhook',
      ALERT_SLACK_URL: `http://127.0.0.1:${portOf(web)}/chat`,
      ALERT_MAIL_TO: 'ops@example.com',
      SMTP_URL: `smtp://127.0.0.1:${portOf(smtp)}`,
      MAIL_FROM: 'raptor@example.com',
    },
  });
}

/** Calls the model until this share of the dollar is spent. */
async function spend(share: number): Promise<void> {
  const client = createClient({ baseUrl: server.url, token: server.token });
  for (;;) {
    const { budget } = await client.costs.summary({ query: {} });
    if (Number(budget.spent_usd) >= share) return;
    const answer = await fetch(new URL('/v1/chat/completions', server.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.token}`,
        'content-type': 'application/json',
        'cache-control': 'no-store',
      },
      body: JSON.stringify({ model, max_tokens: 6, messages: [{ role: 'user', content: 'Say.' }] }),
    });
    expect(answer.status, await answer.text()).toBe(200);
  }
}

const bodies = (path: string): string[] => posts.filter((post) => post.path === path).map(({ body }) => body);
const subjects = (): string[] => mails.map((mail) => /^Subject: (.*)$/mu.exec(mail)?.[1] ?? '');

it('warnings of a budget reach mail, chat and webhook once each, also over a kill -9 and while a receiver is away', async () => {
  server = await start();
  await spend(0.5);
  await vi.waitFor(() => expect([mails.length, posts.length]).toEqual([1, 2]), 20_000);
  expect(subjects()).toEqual(['[FIRING 1] warning: budget_50_percent']);
  expect(mails[0]).toMatch(/50 % of the budget of the workspace .* for \d{4}-\d\d is spent\./u);
  expect(bodies('/chat')[0]).toContain('budget_50_percent');
  expect(JSON.parse(bodies('/hook')[0] ?? '')).toMatchObject({
    type: 'alert.firing',
    data: { alerts: [{ rule_name: 'budget_50_percent', labels: { level: 'workspace' } }] },
  });

  // Chat and webhook are away, and the server is killed before they come back.
  webTakes = false;
  await spend(0.8);
  await vi.waitFor(() => expect(mails).toHaveLength(2), 20_000);
  await server.kill();
  webTakes = true;
  server = await start();
  await vi.waitFor(() => expect(posts).toHaveLength(4), 60_000);
  expect(bodies('/hook')[1]).toContain('budget_80_percent');
  expect(bodies('/chat')[1]).toContain('budget_80_percent');

  // Nothing is told twice; what has to be made once, such as a ticket, is known by the id of its delivery.
  await systemClock.sleep(3_000);
  expect([mails.length, posts.length]).toEqual([2, 4]);
  expect(new Set(posts.map(({ id }) => id)).size).toBe(3);
}, 150_000);

it('two servers on the same stores tell each warning once between them', async () => {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  onTestFinished(async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  });
  const stores = {
    DATABASE_URL: await postgres.createDatabase(),
    REDIS_URL: redis.url,
    SECRET_KEY: 'k3JxQ8vZp1LmT7wYb2RnF6sDc9GhA4eU',
  };
  server = await start('one', stores);
  const second = await start('two', stores);
  onTestFinished(() => second.kill());
  await spend(0.8);
  await vi.waitFor(() => expect([mails.length, posts.length]).toEqual([2, 4]), 20_000);
  await systemClock.sleep(3_000);
  expect(subjects().toSorted()).toEqual([
    '[FIRING 1] warning: budget_50_percent',
    '[FIRING 1] warning: budget_80_percent',
  ]);
  expect(posts).toHaveLength(4);
}, 120_000);
