import { createModelServer, type ModelServer, type ServerAnswer } from '@raptorflow/rig';
import { createExecutor } from 'raptorflow/resilience';
import {
  createQuotas,
  createResources,
  type QuotaDraft,
  type Quotas,
  type Resources,
} from 'raptorflow/resources';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runWithContext } from '../../context/index.ts';
import { createLedger, ledgerMigrations, ledgerTables, type Ledger } from '../../ledger/index.ts';
import { createModelCatalog } from '../../models/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createDispatcher, type Dispatcher } from '../dispatcher.ts';
import { createPrices } from '../price-table.ts';
import type { DispatchRequest } from '../request.ts';

const rates = { input: 1_000_000, cachedInput: 100_000, cacheWrite: 1_000_000, output: 5_000_000 };
const prices = createPrices({
  file: 'prices.json',
  content: {
    models: [{ models: ['rig-model'], periods: [{ from: '2026-01-01', ...rates, thinking: rates.output }] }],
  },
});

const ask = (more: Partial<DispatchRequest> = {}): DispatchRequest => ({
  workspaceId: 'ws_a',
  model: 'openai:rig-model',
  messages: [{ role: 'user', content: 'Hello' }],
  maxOutputTokens: 100,
  agentId: 'agt_1',
  agentRunId: 'run_1',
  ...more,
});

const asError = (error: unknown): Error => error as Error;

/** What calls are among the resources of a process, and how quotas count them. */
export function countedCallsSuite(open: OpenDatabase): void {
  let server: ModelServer;
  let answer: () => ServerAnswer;
  let ledger: Ledger;
  let resources: Resources;
  let quotas: Quotas;
  let dispatcher: Dispatcher;

  beforeEach(async () => {
    answer = () => ({ text: 'A short answer.' });
    server = createModelServer({ prices: { 'rig-model': rates }, answer: () => answer() });
    await server.start();
    const db = await open({ tables: [ledgerTables], migrations: [ledgerMigrations] });
    ledger = createLedger({ monthlyBudgetMicroUsd: 10_000_000 }, { db });
    resources = createResources({ leaks: { growth: false } });
    quotas = createQuotas();
    await quotas.start();
    dispatcher = createDispatcher(
      {},
      {
        models: createModelCatalog({ openai: { apiKey: 'key', baseUrl: `${server.url}/v1` } }),
        prices,
        ledger,
        executor: createExecutor({ retry: { baseMs: 1, retriesMax: 0 } }),
        resources,
        quotas,
      },
    );
  });

  afterEach(async () => {
    await server.stop();
    await quotas.stop();
    await resources.stop();
  });

  const limit = (resource: string, most: number, more: Partial<QuotaDraft> = {}): Promise<unknown> =>
    quotas.create({
      id: resource,
      name: resource,
      scope: 'workspace',
      resource,
      kind: 'hard',
      period: 'day',
      limit: most,
      action: 'block',
      ...more,
    });
  const used = async (resource: string): Promise<number | undefined> =>
    (await quotas.usage({ resource, workspaceId: 'ws_a', userId: 'usr_1' }))[0]?.used;
  const stream = async (request = ask()): Promise<number> => {
    let pieces = 0;
    for await (const chunk of dispatcher.dispatchStream(request)) if (chunk.type === 'text') pieces += 1;
    return pieces;
  };
  /** Calls `during` as soon as a request is under way. */
  const whileUnderWay = (during: () => void): void => {
    answer = () => {
      during();
      return { text: 'A short answer.' };
    };
  };

  test.each(['whole', 'streamed'])(
    'a call that is answered %s is an open connection of its run while it is under way',
    async (way) => {
      const seen: unknown[] = [];
      whileUnderWay(() => seen.push(...resources.list()));
      await (way === 'whole' ? dispatcher.dispatch(ask()) : stream());
      expect(seen).toMatchObject([
        {
          type: 'network_connection',
          workspaceId: 'ws_a',
          agentId: 'agt_1',
          runId: 'run_1',
          callSite: 'model_call',
          metadata: { model: 'rig-model' },
        },
      ]);
      expect(resources.list()).toEqual([]);
      server.faults.add({ kind: 'status', status: 400 });
      await (way === 'whole' ? dispatcher.dispatch(ask()) : stream()).catch(asError);
      expect(resources.list()).toEqual([]);
    },
  );

  test.each(['whole', 'streamed'])(
    'a call that is answered %s is broken off by a forced cleanup, and booked at its bound',
    async (way) => {
      whileUnderWay(() => void resources.cleanup({ runId: 'run_1', force: true }));
      const error = await (way === 'whole' ? dispatcher.dispatch(ask()) : stream()).catch(asError);
      expect(error).toMatchObject({ code: 'cancelled' });
      expect((await ledger.standing('ws_a')).uncertainMicroUsd).toBeGreaterThan(0);
      expect(resources.list()).toEqual([]);
    },
  );

  test('a call that cannot be registered is not made, and nothing is reserved for it', async () => {
    await resources.start();
    await resources.stop();
    await expect(dispatcher.dispatch(ask())).rejects.toMatchObject({ code: 'unavailable' });
    expect(server.bill.rows.length).toBe(0);
    expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: 0, reservedMicroUsd: 0 });
  });

  test('no more calls are made than a hard quota allows, however many ask at once, and nothing is reserved for the others', async () => {
    await limit('llm_requests', 7);
    const ends = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? dispatcher.dispatch(ask()) : stream())),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
    expect(server.bill.rows.length).toBe(7);
    const refused = ends.find((end) => end.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'exhausted', kind: 'exhausted' });
    expect(refused?.reason).toHaveProperty('retryAfterMs', expect.any(Number));
    expect(await ledger.standing('ws_a')).toMatchObject({ reservedMicroUsd: 0, uncertainMicroUsd: 0 });
  });

  test('a quota on what is held is not used up by calls, which hold nothing', async () => {
    await limit('llm_requests', 1, { period: 'held' });
    await limit('llm_tokens', 100, { period: 'held' });
    for (let call = 0; call < 3; call += 1) await dispatcher.dispatch(ask());
    expect([await used('llm_requests'), await used('llm_tokens')]).toEqual([0, 0]);
  });

  test('calls count for whoever asked for them', async () => {
    await limit('llm_requests', 1, { scope: 'user' });
    const asUser = (userId: string): Promise<unknown> =>
      runWithContext({ userId }, () => dispatcher.dispatch(ask()));
    await asUser('usr_1');
    await asUser('usr_2');
    await expect(asUser('usr_1')).rejects.toMatchObject({ code: 'exhausted' });
  });

  test('tokens are counted as they were used, to the token', async () => {
    await limit('llm_tokens', 1_000_000);
    const { usage } = await dispatcher.dispatch(ask());
    expect(await used('llm_tokens')).toBe(usage.inputTokens + usage.outputTokens);
    await stream();
    expect(await used('llm_tokens')).toBe(2 * (usage.inputTokens + usage.outputTokens));
  });

  test('tokens of calls at once fill a hard quota and never pass it; what is over is on record, and no call begins after it', async () => {
    const { usage } = await dispatcher.dispatch(ask());
    const each = usage.inputTokens + usage.outputTokens;
    const most = 3 * each + 2;
    await limit('llm_tokens', most);
    const ends = await Promise.allSettled(Array.from({ length: 9 }, () => dispatcher.dispatch(ask())));
    const made = ends.filter(({ status }) => status === 'fulfilled').length;
    expect(made).toBe(server.bill.rows.length - 1);
    expect(made).toBeGreaterThan(3);
    expect(await used('llm_tokens')).toBe(most);
    expect((await quotas.violations.list()).length).toBeGreaterThan(0);
    await expect(dispatcher.dispatch(ask())).rejects.toMatchObject({
      code: 'exhausted',
      details: { quota_id: 'llm_tokens', remaining: 0 },
    });
    expect(server.bill.rows.length).toBe(made + 1);
  });

  test('tokens that nobody knows count as the most there can have been', async () => {
    await limit('llm_tokens', 1_000_000);
    for await (const chunk of dispatcher.dispatchStream(ask())) if (chunk.type === 'text') break;
    expect(await used('llm_tokens')).toBeGreaterThan(2_100);
    const before = await used('llm_tokens');
    server.faults.add({ kind: 'status', status: 400 });
    await dispatcher.dispatch(ask()).catch(asError);
    expect(await used('llm_tokens')).toBe((before ?? 0) + 1);
  });
}
