import { createModelServer, type ModelServer } from '@raptorflow/rig';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Database } from '../../db/index.ts';
import {
  createCosts,
  createLedger,
  ledgerMigrations,
  ledgerTables,
  type Ledger,
} from '../../ledger/index.ts';
import { createModelCatalog } from '../../models/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createDispatcher, type Dispatcher } from '../dispatcher.ts';
import { createPrices } from '../price-table.ts';
import type { DispatchChunk, DispatchRequest } from '../request.ts';
import { createResponseCache, type ResponseCacheOptions } from '../response-cache.ts';
import { responseCacheMigrations, responseCacheTables, type CacheTables } from '../tables.ts';

const rates = { input: 1_000_000, cachedInput: 1_000_000, cacheWrite: 1_000_000, output: 5_000_000 };
const period = { from: '2026-01-01', ...rates, thinking: rates.output };

const ask = (more: Partial<DispatchRequest> = {}): DispatchRequest => ({
  workspaceId: 'ws_a',
  model: 'openai:rig-model',
  messages: [{ role: 'user', content: 'Hello' }],
  maxOutputTokens: 50,
  ...more,
});

/** What answers that serve again promise. */
export function cacheSuite(open: OpenDatabase): void {
  let clock: FakeClock;
  let server: ModelServer;
  let db: Database;
  let ledger: Ledger;
  let answers: number;

  beforeEach(async () => {
    clock = createFakeClock(Date.UTC(2026, 10, 28, 12));
    answers = 0;
    server = createModelServer({
      prices: { 'rig-model': rates },
      answer: () => {
        answers += 1;
        return { text: `Answer ${answers}.` };
      },
    });
    await server.start();
    db = await open({
      tables: [ledgerTables, responseCacheTables],
      migrations: [ledgerMigrations, responseCacheMigrations],
    });
  });

  afterEach(async () => {
    await server.stop();
  });

  const dispatcherWith = (options: ResponseCacheOptions = {}): Dispatcher => {
    ledger = createLedger({}, { db, clock });
    return createDispatcher(
      { retriesMax: 0 },
      {
        models: createModelCatalog({ openai: { apiKey: 'key', baseUrl: `${server.url}/v1` } }),
        prices: createPrices({
          file: 'prices.json',
          content: { models: [{ models: ['rig-model'], periods: [period] }] },
        }),
        ledger,
        cache: createResponseCache(options, { db, clock }),
      },
    );
  };
  const kept = async (workspaceId = 'ws_a'): Promise<number> =>
    (await db.forWorkspace<CacheTables>(workspaceId).selectFrom('response_cache').select('key').execute())
      .length;
  /** Asks, and waits until the answer is kept: nobody else waits for that. */
  const askAndKeep = async (dispatcher: Dispatcher, request = ask()): Promise<void> => {
    const before = await kept();
    await dispatcher.dispatch(request);
    await vi.waitFor(async () => expect(await kept()).toBeGreaterThan(before), 5_000);
  };
  const collect = async (chunks: AsyncIterable<DispatchChunk>): Promise<DispatchChunk[]> => {
    const found: DispatchChunk[] = [];
    for await (const chunk of chunks) found.push(chunk);
    return found;
  };

  test('an answer serves the same request again, costs nothing then, and has its line that says so', async () => {
    const dispatcher = dispatcherWith();
    await askAndKeep(dispatcher);
    const { spentMicroUsd } = await ledger.standing('ws_a');
    const again = await dispatcher.dispatch(ask());
    expect(again).toMatchObject({ text: 'Answer 1.', cached: true, costMicroUsd: 0, costEstimated: false });
    expect(server.calls).toHaveLength(1);
    expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd, reservedMicroUsd: 0 });
    expect((await createCosts(db).list('ws_a')).find((line) => line.callId === again.callId)).toMatchObject({
      status: 'completed',
      costMicroUsd: 0,
      priceVersion: 'cache',
    });
  });

  test('it serves streams as well, and a stream’s serves whole calls', async () => {
    const dispatcher = dispatcherWith();
    await collect(dispatcher.dispatchStream(ask()));
    await vi.waitFor(async () => expect(await kept()).toBe(1), 5_000);
    expect((await dispatcher.dispatch(ask())).text).toBe('Answer 1.');
    const chunks = await collect(dispatcher.dispatchStream(ask()));
    expect(chunks).toMatchObject([
      { type: 'text', text: 'Answer 1.' },
      { type: 'finish', result: { cached: true, text: 'Answer 1.' } },
    ]);
    expect(server.calls).toHaveLength(1);
  });

  test.each([
    ['another workspace', { workspaceId: 'ws_b' }],
    ['another prompt', { messages: [{ role: 'user' as const, content: 'Hello!' }] }],
    ['another temperature', { temperature: 0.1 }],
    ['another seed', { seed: 7 }],
    ['other output tokens', { maxOutputTokens: 49 }],
    ['other tools', { tools: [{ name: 'look_up', inputSchema: { type: 'object' } }] }],
    ['a wish for none', { cache: false }],
  ])('%s gets an answer of its own', async (_what, more) => {
    const dispatcher = dispatcherWith();
    await askAndKeep(dispatcher);
    expect(await dispatcher.dispatch(ask(more))).toMatchObject({ text: 'Answer 2.', cached: false });
  });

  test('whom a call is charged to makes no difference', async () => {
    const dispatcher = dispatcherWith();
    await askAndKeep(dispatcher);
    const request = ask({ agentId: 'agent_1', campaignId: 'cmp_1', correlationId: 'cor_1' });
    expect((await dispatcher.dispatch(request)).cached).toBe(true);
  });

  test('an answer that was cut short is not kept, nor one that a fallback gave', async () => {
    const dispatcher = dispatcherWith();
    await dispatcher.dispatch(ask({ maxOutputTokens: 1 }));
    server.faults.add({ kind: 'status', status: 503 });
    await dispatcher.dispatch(ask({ fallbacks: ['openai:rig-model'] }));
    await askAndKeep(dispatcher, ask({ seed: 1 }));
    expect(await kept()).toBe(1);
  });

  describe('answers make room', () => {
    test('after their time', async () => {
      const dispatcher = dispatcherWith({ keptMs: 60_000 });
      await askAndKeep(dispatcher);
      await clock.advance(60_001);
      expect((await dispatcher.dispatch(ask())).cached).toBe(false);
    });

    test('when they take too much together, the oldest first', async () => {
      const one = dispatcherWith();
      await askAndKeep(one);
      const [row] = await db
        .forWorkspace<CacheTables>('ws_a')
        .selectFrom('response_cache')
        .select('bytes')
        .execute();
      await clock.advance(1);
      // Another process, which looks at its first answer: there is room for one and a half.
      const other = dispatcherWith({ bytesMax: Math.floor((row?.bytes ?? 0) * 1.5) });
      await other.dispatch(ask({ seed: 2 }));
      await vi.waitFor(async () => expect(await kept()).toBe(1), 5_000);
      await vi.waitFor(async () => expect((await other.dispatch(ask({ seed: 2 }))).cached).toBe(true), 5_000);
    });

    test('and where none is wanted, none is kept', async () => {
      const dispatcher = dispatcherWith({ bytesMax: 0 });
      await dispatcher.dispatch(ask());
      expect((await dispatcher.dispatch(ask())).cached).toBe(false);
      expect(await kept()).toBe(0);
    });
  });

  test('an outage of the store is a miss, and no failure', async () => {
    const cache = createResponseCache({}, { db, clock });
    await db.stop();
    const request = { modelId: 'm', messages: [], maxOutputTokens: 1 };
    await expect(cache.find('ws_a', 'openai', request)).resolves.toBeUndefined();
  });
}
