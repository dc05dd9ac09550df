import { createModelServer, type ModelServer } from '@raptorflow/rig';
import { createExecutor } from 'raptorflow/resilience';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createDispatcher,
  createEstimator,
  createPrices,
  type DispatchChunk,
  type Dispatcher,
  type DispatchRequest,
  type DispatchResult,
  type Estimator,
} from '../../dispatch/index.ts';
import { createLedger, ledgerMigrations, ledgerTables } from '../../ledger/index.ts';
import { createModelCatalog } from '../../models/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createModelSettings, type ModelSettings } from '../model-settings.ts';
import { modelSettingsMigrations, modelSettingsTables } from '../tables.ts';

const dear = { input: 2_000_000, cachedInput: 2_000_000, cacheWrite: 2_000_000, output: 10_000_000 };
const cheap = { input: 1_000_000, cachedInput: 1_000_000, cacheWrite: 1_000_000, output: 5_000_000 };
const priceFile = {
  file: 'prices.json',
  content: {
    models: [
      { models: ['claude-dear'], periods: [{ from: '2026-01-01', ...dear, thinking: dear.output }] },
      { models: ['cheap-model'], periods: [{ from: '2026-01-01', ...cheap, thinking: cheap.output }] },
    ],
  },
};
const ask = (more: Partial<DispatchRequest> = {}): DispatchRequest => ({
  workspaceId: 'ws_a',
  model: 'writer',
  messages: [{ role: 'user', content: 'Hello' }],
  maxOutputTokens: 100,
  ...more,
});

/** What calls by a workspace's aliases promise, with two providers behind them. */
export function aliasCallsSuite(open: OpenDatabase): void {
  let server: ModelServer;
  let settings: ModelSettings;
  let dispatcher: Dispatcher;
  let estimator: Estimator;

  beforeEach(async () => {
    server = createModelServer({
      prices: { 'claude-dear': dear, 'cheap-model': cheap },
      answer: () => ({ text: 'Good morning.' }),
    });
    await server.start();
    const db = await open({
      tables: [ledgerTables, modelSettingsTables],
      migrations: [ledgerMigrations, modelSettingsMigrations],
    });
    const models = createModelCatalog({
      anthropic: { apiKey: 'key', baseUrl: `${server.url}/v1` },
      openai: { apiKey: 'key', baseUrl: `${server.url}/v1` },
    });
    const prices = createPrices(priceFile);
    settings = createModelSettings({}, { db, models, prices });
    const aliasesOf = (workspaceId: string) => settings.aliasesOf(workspaceId);
    const ledger = createLedger({}, { db });
    dispatcher = createDispatcher(
      { retriesMax: 0 },
      { models, prices, ledger, aliasesOf, executor: createExecutor({}) },
    );
    estimator = createEstimator({}, { models, prices, aliasesOf });
    await settings.set('ws_a', 'writer', { model: 'claude-dear' });
  });
  afterEach(async () => {
    await server.stop();
  });

  const streamed = async (request: DispatchRequest): Promise<DispatchResult> => {
    const chunks: DispatchChunk[] = [];
    for await (const chunk of dispatcher.dispatchStream(request)) chunks.push(chunk);
    const last = chunks.at(-1);
    if (last?.type !== 'finish') throw new TypeError('The stream had no end.');
    return last.result;
  };
  const estimate = () => estimator.json(ask(), z.strictObject({ word: z.string() }));

  it('the next call and the next estimate are of the model that an alias stands for now', async () => {
    const before = await estimate();
    expect(await dispatcher.dispatch(ask())).toMatchObject({ provider: 'anthropic', model: 'claude-dear' });
    await settings.set('ws_a', 'writer', { model: 'openai:cheap-model' });
    expect(await dispatcher.dispatch(ask())).toMatchObject({ provider: 'openai', model: 'cheap-model' });
    const after = await estimate();
    expect([before.model, after.model]).toEqual(['claude-dear', 'cheap-model']);
    expect(after.firstMicroUsd).toBeLessThan(before.firstMicroUsd * 0.6);
    await settings.unset('ws_a', 'writer');
    // Without the alias it is a name like any other, and the server of the configured address may know it.
    await expect(dispatcher.dispatch(ask())).rejects.toMatchObject({ code: 'price_unknown' });
  });

  it('an estimate bounds the fallbacks, too', async () => {
    const alone = await estimate();
    await settings.set('ws_a', 'writer', { fallbacks: ['cheap-model'] });
    const both = await estimate();
    expect(both.callsMax).toBe(2 * alone.callsMax);
    expect(both.mostMicroUsd).toBeGreaterThan(alone.mostMicroUsd * 1.4);
    await settings.set('ws_a', 'writer', { model: 'offline' });
    expect(await estimate()).toMatchObject({ offline: true, firstMicroUsd: 0 });
    expect((await estimate()).mostMicroUsd).toBeGreaterThan(0);
    await settings.set('ws_a', 'writer', { fallbacks: [] });
    expect(await estimate()).toMatchObject({ callsMax: 1, mostMicroUsd: 0 });
  });

  describe.each([
    ['whole', (request: DispatchRequest) => dispatcher.dispatch(request)],
    ['streamed', streamed],
  ] as const)('when the first provider fails, a %s call', (_kind, call) => {
    beforeEach(async () => {
      await settings.set('ws_a', 'writer', { fallbacks: ['cheap-model'] });
      server.faults.rule(({ model }) =>
        model === 'claude-dear' ? { kind: 'status', status: 503 } : undefined,
      );
    });

    it('is answered by the workspace’s fallback, of the other provider', async () => {
      expect(await call(ask())).toMatchObject({
        provider: 'openai',
        model: 'cheap-model',
        fellBackFrom: ['claude-dear'],
      });
    });

    it('falls back on what it names itself, and on nothing when it says so', async () => {
      expect(await call(ask({ fallbacks: ['offline'] }))).toMatchObject({ model: 'offline' });
      await expect(call(ask({ fallbacks: [] }))).rejects.toMatchObject({ code: 'model_unavailable' });
    });

    it('of a full model id or of another workspace has none', async () => {
      await expect(call(ask({ model: 'claude-dear' }))).rejects.toMatchObject({ code: 'model_unavailable' });
      await expect(call(ask({ workspaceId: 'ws_b' }))).rejects.toMatchObject({ code: 'price_unknown' });
    });
  });
}
