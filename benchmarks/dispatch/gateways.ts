import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort, startPostgres, startProgramServer } from '@raptorflow/rig';
import { fault } from '../harness/fault.ts';
import { upstreamPrice } from './shared.ts';
import type { Target } from './load.ts';

/** Something that stands between a client and the upstream. */
export interface Gateway {
  readonly target: Target;
  stop(): Promise<void>;
}

const upstreamProgram = fileURLToPath(new URL('programs/upstream.ts', import.meta.url));
const readyMsMax = 30_000;

/** The upstream by itself: what a call costs without a gateway. */
export async function startUpstream(): Promise<Gateway> {
  const child = spawn(process.execPath, [...process.execArgv, upstreamProgram], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (piece: Buffer) => resolve(String(piece).trim()));
    child.once('exit', () => reject(fault('the upstream did not start')));
  });
  return {
    target: { url: `${url}/v1`, headers: { authorization: 'Bearer key' } },
    stop: () => ended(child),
  };
}

/** Ours as a newcomer starts it, on PostgreSQL: a caller is verified, money reserved, the call booked and audited, the answer given. */
export async function startOurs(upstream: Target): Promise<Gateway> {
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-dispatch-'));
  const prices = join(directory, 'prices.json');
  const period = { from: '2026-01-01', ...upstreamPrice, thinking: upstreamPrice.output };
  writeFileSync(prices, JSON.stringify({ models: [{ models: ['rig-model'], periods: [period] }] }));
  const postgres = await startPostgres({ fsync: true });
  const server = await startProgramServer({
    home: join(directory, 'home'),
    from: 'build',
    env: {
      DATABASE_URL: await postgres.createDatabase(),
      OPENAI_BASE_URL: upstream.url,
      OPENAI_API_KEY: 'key',
      PRICES_FILE: prices,
      MONTHLY_WORKSPACE_BUDGET_USD: '100000',
      // One client calls as a whole installation does.
      RATE_LIMIT_USER: '0',
      RATE_LIMIT_WORKSPACE: '0',
    },
  });
  return {
    // No answer serves twice here, as none does at Portkey's.
    target: {
      url: `${server.url}/v1`,
      headers: { authorization: `Bearer ${server.token}`, 'cache-control': 'no-store' },
    },
    stop: async () => {
      await server.stop();
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The gateway of Portkey from npm, without any of its hosted parts. It keeps neither money nor an account of calls. */
export async function startPortkey(upstream: Target): Promise<Gateway> {
  const { resolve } = createRequire(import.meta.url);
  const entry = join(dirname(resolve('@portkey-ai/gateway/package.json')), 'build', 'start-server.js');
  const port = await findFreePort();
  const child = spawn(process.execPath, [entry, `--port=${port}`, '--headless'], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}/v1`;
  const deadline = Date.now() + readyMsMax;
  for (;;) {
    if (
      await fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      )
    )
      break;
    if (Date.now() > deadline) throw fault('the gateway of Portkey did not start');
    await sleep(50);
  }
  return {
    target: {
      url,
      headers: {
        authorization: 'Bearer key',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': upstream.url,
      },
    },
    stop: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(timer);
}
