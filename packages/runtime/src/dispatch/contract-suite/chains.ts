import { createModelServer, type ModelServer } from '@raptorflow/rig';
import { isRaptorFlowError } from 'raptorflow/kernel';
import { createExecutor } from 'raptorflow/resilience';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
import { createDispatcher, type Dispatcher, type DispatcherOptions } from '../dispatcher.ts';
import { createPrices } from '../price-table.ts';
import type { DispatchChunk, DispatchRequest, DispatchResult } from '../request.ts';

const dear = { input: 2_000_000, cachedInput: 2_000_000, cacheWrite: 2_000_000, output: 10_000_000 };
const cheap = { input: 1_000_000, cachedInput: 1_000_000, cacheWrite: 1_000_000, output: 5_000_000 };
const priceFile = {
  file: 'prices.json',
  content: {
    models: [
      { models: ['dear-model'], periods: [{ from: '2026-01-01', ...dear, thinking: dear.output }] },
      { models: ['cheap-model'], periods: [{ from: '2026-01-01', ...cheap, thinking: cheap.output }] },
    ],
  },
};

const ask = (more: Partial<DispatchRequest> = {}): DispatchRequest => ({
  workspaceId: 'ws_a',
  model: 'openai:dear-model',
  messages: [{ role: 'user', content: 'Hello' }],
  maxOutputTokens: 100,
  ...more,
});

/** What calls with fallbacks, or with a budget that they do not fit into, promise. */
export function chainsSuite(open: OpenDatabase): void {
  let server: ModelServer;
  let db: Database;
  let ledger: Ledger;

  beforeEach(async () => {
    server = createModelServer({
      prices: { 'dear-model': dear, 'cheap-model': cheap },
      answer: () => ({ text: 'word '.repeat(50) }),
    });
    await server.start();
    db = await open({ tables: [ledgerTables], migrations: [ledgerMigrations] });
  });

  afterEach(async () => {
    await server.stop();
  });

  const dispatcherWith = (options: DispatcherOptions = {}, cap = 10_000_000): Dispatcher => {
    ledger = createLedger({ monthlyBudgetMicroUsd: cap }, { db });
    return createDispatcher(
      { retriesMax: 0, ...options },
      {
        models: createModelCatalog({ openai: { apiKey: 'key', baseUrl: `${server.url}/v1` } }),
        prices: createPrices(priceFile),
        ledger,
        executor: createExecutor({}),
      },
    );
  };
  const finished = async (chunks: AsyncIterable<DispatchChunk>): Promise<DispatchResult> => {
    for await (const chunk of chunks) if (chunk.type === 'finish') return chunk.result;
    throw new TypeError('The stream had no end.');
  };

  describe.each([
    ['whole', (dispatcher: Dispatcher, request: DispatchRequest) => dispatcher.dispatch(request)],
    [
      'streamed',
      (dispatcher: Dispatcher, request: DispatchRequest) => finished(dispatcher.dispatchStream(request)),
    ],
  ] as const)('a %s call with fallbacks', (_kind, call) => {
    test('goes to the next model when one is down, and each attempt is paid for at its own price', async () => {
      server.faults.add({ kind: 'status', status: 500 }, ({ model }) => model === 'dear-model');
      const result = await call(dispatcherWith(), ask({ fallbacks: ['openai:cheap-model'] }));
      expect(result).toMatchObject({ model: 'cheap-model', fellBackFrom: ['dear-model'] });
      const lines = await createCosts(db).list('ws_a');
      expect(lines.map((line) => [line.callId, line.attempt, line.model, line.status])).toEqual([
        [result.callId, 2, 'cheap-model', 'completed'],
        [result.callId, 1, 'dear-model', 'uncertain'],
      ]);
      const [second, first] = lines;
      expect(second?.costMicroUsd).toBe(server.bill.ofCall(`${result.callId}.2`)[0]?.costMicroUsd);
      expect(result.costMicroUsd).toBe((first?.costMicroUsd ?? 0) + (second?.costMicroUsd ?? 0));
    });

    test('leaves time for the next model when one only stalls', async () => {
      server.faults.rule(({ model }) => (model === 'dear-model' ? { kind: 'stall' } : undefined));
      const dispatcher = dispatcherWith({ deadlineMs: 1_000 });
      const result = await call(dispatcher, ask({ fallbacks: ['openai:cheap-model'] }));
      expect(result.model).toBe('cheap-model');
    });

    test('is refused at once where another model could not mend it', async () => {
      server.faults.add({ kind: 'status', status: 400, message: 'bad schema' });
      await expect(call(dispatcherWith(), ask({ fallbacks: ['openai:cheap-model'] }))).rejects.toMatchObject({
        code: 'model_refused',
      });
      expect(server.calls).toHaveLength(1);
      await expect(
        call(dispatcherWith({}, 10), ask({ fallbacks: ['openai:cheap-model'] })),
      ).rejects.toMatchObject({ code: 'budget_exceeded' });
    });

    test('fails with the last failure when no model answers', async () => {
      server.faults.rule(() => ({ kind: 'status', status: 503, message: 'gone' }));
      await expect(call(dispatcherWith(), ask({ fallbacks: ['openai:cheap-model'] }))).rejects.toMatchObject({
        code: 'model_unavailable',
        details: { model: 'cheap-model' },
      });
      expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: 0, reservedMicroUsd: 0 });
    });
  });

  test('fallbacks that could never be called are refused before anything is sent', async () => {
    const dispatcher = dispatcherWith();
    for (const [fallback, code] of [
      ['claude-sonnet-5-5', 'missing_configuration'],
      ['openai:unpriced', 'price_unknown'],
    ] as const) {
      await expect(dispatcher.dispatch(ask({ fallbacks: [fallback] }))).rejects.toMatchObject({ code });
    }
    await expect(
      dispatcher.dispatch(ask({ fallbacks: Array.from({ length: 6 }, () => 'openai:cheap-model') })),
    ).rejects.toMatchObject({ code: 'invalid_input' });
    expect(server.calls).toHaveLength(0);
  });

  describe('a call that may shrink', () => {
    test('asks for as many output tokens as its budget has room for, and says so', async () => {
      const probe = dispatcherWith();
      const whole = await probe.dispatch(ask({ maxOutputTokens: 10 }));
      expect(whole.shrunkToOutputTokens).toBeNull();
      const { spentMicroUsd } = await ledger.standing('ws_a');
      // Room for the prompt's bound and a few tokens.
      const room = 5_000;
      const dispatcher = dispatcherWith({}, spentMicroUsd + room);
      await expect(dispatcher.dispatch(ask({ maxOutputTokens: 4_000 }))).rejects.toMatchObject({
        code: 'budget_exceeded',
      });
      const result = await dispatcher.dispatch(ask({ maxOutputTokens: 4_000, onBudget: 'shrink' }));
      const shrunkTo = result.shrunkToOutputTokens ?? 0;
      expect(shrunkTo).toBeGreaterThan(0);
      expect(shrunkTo).toBeLessThan(100);
      expect(server.calls.at(-1)?.outputTokensMax).toBe(shrunkTo);
      const standing = await ledger.standing('ws_a');
      expect(standing.spentMicroUsd).toBeLessThanOrEqual(spentMicroUsd + room);
    });

    test('is refused when not even one token fits', async () => {
      await expect(dispatcherWith({}, 1_000).dispatch(ask({ onBudget: 'shrink' }))).rejects.toMatchObject({
        code: 'budget_exceeded',
      });
      expect(server.calls).toHaveLength(0);
    });

    test('finds an end when many shrink into the same remainder', async () => {
      const cap = 60_000;
      const dispatcher = dispatcherWith({}, cap);
      const results = await Promise.allSettled(
        Array.from({ length: 40 }, () =>
          dispatcher.dispatch(ask({ maxOutputTokens: 4_000, onBudget: 'shrink' })),
        ),
      );
      for (const result of results) {
        if (result.status === 'rejected')
          expect(isRaptorFlowError(result.reason, 'budget_exceeded')).toBe(true);
      }
      expect(results.some((result) => result.status === 'fulfilled')).toBe(true);
      const standing = await ledger.standing('ws_a');
      expect(standing.reservedMicroUsd).toBe(0);
      expect(standing.spentMicroUsd).toBeLessThanOrEqual(cap);
      expect(standing.spentMicroUsd).toBe(server.bill.totalMicroUsd());
    });
  });
}
