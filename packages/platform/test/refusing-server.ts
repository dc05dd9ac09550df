import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import { systemClock, type Clock } from 'raptorflow/kernel';
import { readConfig } from '../src/config.ts';
import { startServer, type RunningServer } from '../src/compose/server.ts';

/** What the server said to a request that it refused. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly correlationId: string | null;
}

/** The program in this process, on an empty directory, and what tests of bad requests do with it. */
export interface RefusingServer {
  readonly server: RunningServer;
  readonly client: Client;
  /** How far the server's clock is ahead, in milliseconds. */
  aheadMs: number;
  /** Asks as the operator, unless the headers say otherwise; a body that is no text is sent as JSON. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Refusal>;
  /** Remembers everything that a bad request could change. */
  remember(): Promise<void>;
  /** Fails when anything of it has changed since. Sets the clock right. */
  assertUnchanged(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it. Beside its directory lies a `secret.md` that nobody may read. */
export async function startRefusingServer(): Promise<RefusingServer> {
  const root = mkdtempSync(join(tmpdir(), 'raptorflow-refusing-'));
  writeFileSync(join(root, 'secret.md'), '# Secret');
  const clock: Clock = {
    now: () => systemClock.now() + world.aheadMs,
    monotonic: () => systemClock.monotonic(),
    setTimeout: (fn, ms) => systemClock.setTimeout(fn, ms),
    setInterval: (fn, ms) => systemClock.setInterval(fn, ms),
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  };
  let before: unknown;
  const world = { aheadMs: 0 };
  const env = { RAPTORFLOW_HOME: join(root, 'home'), PORT: '0' };
  const server = await startServer(readConfig({ env, directory: root }), { clock });
  const client = createClient({ baseUrl: server.url, token: server.localToken });
  return Object.assign(world, {
    server,
    client,
    ask: async (
      method: string,
      path: string,
      body?: unknown,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<Refusal> => {
      const response = await fetch(server.url + path, {
        method,
        headers: {
          authorization: `Bearer ${server.localToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return refusalOf(response);
    },
    remember: async () => {
      before = await everything(client);
    },
    assertUnchanged: async () => {
      world.aheadMs = 0;
      assert.deepEqual(await everything(client), before);
    },
    stop: async () => {
      await server.stop();
      rmSync(root, { recursive: true, force: true });
    },
  });
}

async function everything(client: Client): Promise<unknown> {
  const [documents, campaigns, runs, agents, workspaces, letters, costs] = await Promise.all([
    client.documents.list(),
    client.campaigns.list(),
    client.runs.list(),
    client.agents.list({ query: { limit: 200 } }),
    client.workspaces.list(),
    client.bus.deadLetters({ query: { all_workspaces: true } }),
    client.costs.summary(),
  ]);
  return {
    documents: documents.items,
    campaigns: campaigns.items,
    runs: runs.items,
    agents: agents.items.map(({ id, updated_at: at }) => [id, at]),
    workspaces: workspaces.items,
    letters: letters.items,
    spent: costs.budget.spent_usd,
  };
}

/** Reads the error body of an answer. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const body = (await response.json()) as {
    error: { code: string; message: string };
    correlation_id: string;
  };
  return {
    status: response.status,
    code: body.error.code,
    message: body.error.message,
    correlationId: body.correlation_id,
  };
}
