import { createModelServer, type ModelServer, type ServerAnswer, type ServerCall } from '@raptorflow/rig';
import { isRaptorFlowError, seededRandom } from 'raptorflow/kernel';
import { createMetrics, silentMeter, type Meter } from 'raptorflow/metrics';
import { createExecutor } from 'raptorflow/resilience';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Database } from '../../db/index.ts';
import {
  createCosts,
  createLedger,
  ledgerMigrations,
  ledgerTables,
  type Ledger,
  type WorkspaceStanding,
} from '../../ledger/index.ts';
import { createModelCatalog } from '../../models/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createDispatcher, type Dispatcher, type DispatcherOptions } from '../dispatcher.ts';
import { createPrices } from '../price-table.ts';
import type { DispatchRequest, DispatchResult } from '../request.ts';

const rates = { input: 1_000_000, cachedInput: 100_000, cacheWrite: 1_000_000, output: 5_000_000 };
const priceFile = {
  file: 'prices.json',
  content: {
    models: [{ models: ['rig-model'], periods: [{ from: '2026-01-01', ...rates, thinking: rates.output }] }],
  },
};

const ask = (more: Partial<DispatchRequest> = {}): DispatchRequest => ({
  workspaceId: 'ws_a',
  model: 'openai:rig-model',
  messages: [{ role: 'user', content: 'Hello' }],
  maxOutputTokens: 100,
  ...more,
});

const charged = ({ spentMicroUsd, uncertainMicroUsd }: WorkspaceStanding): number =>
  spentMicroUsd + uncertainMicroUsd;

/** What the dispatcher promises about answers and money, over a server that keeps its own bill. */
export function dispatcherSuite(open: OpenDatabase): void {
  let server: ModelServer;
  let answer: (call: ServerCall) => ServerAnswer;
  let db: Database;
  let ledger: Ledger;

  beforeEach(async () => {
    answer = () => ({ text: 'A short answer.' });
    server = createModelServer({ prices: { 'rig-model': rates }, answer: (call) => answer(call) });
    await server.start();
    db = await open({ tables: [ledgerTables], migrations: [ledgerMigrations] });
  });

  afterEach(async () => {
    await server.stop();
  });

  const dispatcherWith = (
    options: DispatcherOptions & { readonly meter?: Meter } = {},
    cap = 10_000_000,
  ): Dispatcher => {
    const { retriesMax = 2, meter = silentMeter, ...rest } = options;
    const executor = createExecutor({ retry: { baseMs: 1, retriesMax } });
    ledger = createLedger({ monthlyBudgetMicroUsd: cap }, { db });
    const models = createModelCatalog({ openai: { apiKey: 'key', baseUrl: `${server.url}/v1` } });
    return createDispatcher(rest, { models, prices: createPrices(priceFile), ledger, executor, meter });
  };

  const failureOf = async (work: Promise<unknown>) => {
    const error: unknown = await work.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!isRaptorFlowError(error)) throw error;
    return error;
  };

  const readStream = async (dispatcher: Dispatcher, request = ask()): Promise<DispatchResult | undefined> => {
    for await (const chunk of dispatcher.dispatchStream(request))
      if (chunk.type === 'finish') return chunk.result;
    return undefined;
  };

  describe('the meter', () => {
    test('counts attempts, tokens and the very cost that was booked, and refusals', async () => {
      const metrics = createMetrics();
      const dispatcher = dispatcherWith({ meter: metrics });
      const result = await dispatcher.dispatch(ask({ agentId: 'agent_1' }));
      server.faults.add({ kind: 'status', status: 400 });
      await failureOf(dispatcher.dispatch(ask()));
      await failureOf(dispatcherWith({ meter: metrics }, 1).dispatch(ask()));
      const seriesOf = (name: string): Record<string, unknown> => {
        const found = metrics.snapshot().metrics.find(({ definition }) => definition.name === name);
        return Object.fromEntries(
          (found?.series ?? []).map(({ tags, value }) => [Object.values(tags).join(' '), value]),
        );
      };
      expect(seriesOf('model_attempts')).toEqual({
        'rig-model openai completed': 1,
        'rig-model openai failed': 1,
      });
      expect(seriesOf('model_cost_micro_usd')).toMatchObject({
        'agent_1 rig-model ws_a': result.costMicroUsd,
      });
      expect(seriesOf('model_tokens')).toMatchObject({
        'input rig-model': result.usage.inputTokens,
        'output rig-model': result.usage.outputTokens,
      });
      expect(seriesOf('model_calls_refused')).toEqual({ 'rig-model ws_a': 1 });
    });
  });

  describe('an answer', () => {
    test('comes with its usage and with the cost that the server billed', async () => {
      const result = await dispatcherWith().dispatch(ask({ agentId: 'agent_1', campaignId: 'cmp_1' }));
      expect(result).toMatchObject({
        text: 'A short answer.',
        provider: 'openai',
        model: 'rig-model',
        offline: false,
        cached: false,
        costEstimated: false,
        costMicroUsd: server.bill.totalMicroUsd(),
      });
      expect(server.bill.ofCall(`${result.callId}.1`)).toHaveLength(1);
      const [line] = await createCosts(db).list('ws_a');
      expect(line).toMatchObject({
        callId: result.callId,
        agentId: 'agent_1',
        status: 'completed',
        attempt: 1,
      });
      expect(await ledger.standing('ws_a')).toMatchObject({
        spentMicroUsd: server.bill.totalMicroUsd(),
        reservedMicroUsd: 0,
      });
    });

    test('streams in pieces and ends with the same figures', async () => {
      const dispatcher = dispatcherWith();
      let text = '';
      let result: DispatchResult | undefined;
      for await (const chunk of dispatcher.dispatchStream(ask())) {
        if (chunk.type === 'text') text += chunk.text;
        if (chunk.type === 'finish') ({ result } = chunk);
      }
      expect(text).toBe('A short answer.');
      expect(result).toMatchObject({ text, costMicroUsd: server.bill.totalMicroUsd() });
    });

    test('of the offline model is free, is said to be offline, and stands in the cost log', async () => {
      const result = await dispatcherWith({}, 0).dispatch(ask({ model: 'offline' }));
      expect(result).toMatchObject({
        offline: true,
        model: 'offline',
        costMicroUsd: 0,
        costEstimated: false,
      });
      expect(await createCosts(db).list('ws_a')).toMatchObject([{ model: 'offline', costMicroUsd: 0 }]);
      expect(server.calls).toHaveLength(0);
    });

    test('may be JSON of a form, asked for once more when it has another', async () => {
      const replies = ['{"score": "high"}', '```json\n{"score": 7}\n```'];
      answer = () => ({ text: replies.shift() ?? '' });
      const schema = z.object({ score: z.number() });
      const result = await dispatcherWith().dispatchJson(ask(), schema);
      expect(result.value).toEqual({ score: 7 });
      expect(server.calls[1]?.prompt).toContain('score: Invalid input: expected number');
      expect(result.costMicroUsd).toBe(server.bill.totalMicroUsd());
      answer = () => ({ text: 'no' });
      expect((await failureOf(dispatcherWith().dispatchJson(ask(), schema))).code).toBe(
        'model_answer_invalid',
      );
    });
  });

  describe('a failure', () => {
    test('is tried again where that helps; every attempt is booked on its own', async () => {
      server.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 0.01 });
      server.faults.add({ kind: 'status', status: 503 });
      const dispatcher = dispatcherWith();
      const result = await dispatcher.dispatch(ask());
      expect(result.costMicroUsd).toBe(server.bill.totalMicroUsd());
      const lines = await createCosts(db).list('ws_a');
      expect(lines.map(({ attempt, status, errorCode }) => [attempt, status, errorCode])).toEqual([
        [3, 'completed', null],
        [2, 'failed', 'model_unavailable'],
        [1, 'failed', 'model_throttled'],
      ]);
    });

    test('that may have been billed is charged at its worst case', async () => {
      server.faults.add({ kind: 'status', status: 500 });
      const result = await dispatcherWith().dispatch(ask());
      const standing = await ledger.standing('ws_a');
      expect(result.costEstimated).toBe(true);
      expect(standing.uncertainMicroUsd).toBeGreaterThan(0);
      expect(standing.spentMicroUsd).toBe(server.bill.totalMicroUsd());
      expect(charged(standing)).toBe(result.costMicroUsd);
    });

    test('of the request itself is told at once and costs nothing', async () => {
      server.faults.add({ kind: 'status', status: 400, message: 'bad schema' });
      const error = await failureOf(dispatcherWith().dispatch(ask()));
      expect(error.code).toBe('model_refused');
      expect(error.message).toContain('bad schema');
      expect(server.calls).toHaveLength(1);
      expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: 0, reservedMicroUsd: 0 });
    });

    test('in the middle of a stream is charged in full and not repeated behind the reader', async () => {
      answer = () => ({ text: 'An answer of which not everything arrives at its reader.' });
      server.faults.add({ kind: 'cut', afterFrames: 3 });
      const error = await failureOf(readStream(dispatcherWith()));
      expect(error.code).toBe('model_unavailable');
      expect(server.calls).toHaveLength(1);
      const standing = await ledger.standing('ws_a');
      expect(standing.uncertainMicroUsd).toBeGreaterThanOrEqual(server.bill.totalMicroUsd());
      expect(standing.spentMicroUsd).toBe(0);
    });

    test('to answer in time ends the call, and what may have been billed is charged', async () => {
      server.faults.rule(() => ({ kind: 'stall' }));
      const dispatcher = dispatcherWith({ deadlineMs: 150, retriesMax: 0 });
      expect((await failureOf(dispatcher.dispatch(ask()))).code).toBe('timeout');
      expect((await failureOf(readStream(dispatcher))).code).toBe('timeout');
      const standing = await ledger.standing('ws_a');
      expect(standing.reservedMicroUsd).toBe(0);
      expect(standing.uncertainMicroUsd).toBeGreaterThanOrEqual(server.bill.totalMicroUsd());
    });
  });

  describe('the caller', () => {
    test('may cancel; the call is booked before the failure is told', async () => {
      server.faults.add({ kind: 'stall' });
      const abort = new AbortController();
      const pending = failureOf(dispatcherWith().dispatch(ask({ signal: abort.signal })));
      await expect.poll(() => server.calls.length).toBe(1);
      abort.abort();
      expect((await pending).code).toBe('cancelled');
      expect(await ledger.standing('ws_a')).toMatchObject({ reservedMicroUsd: 0 });
    });

    test('who leaves a stream early pays its worst case, and the call is aborted', async () => {
      answer = () => ({ text: 'word '.repeat(2_000) });
      const dispatcher = dispatcherWith();
      for await (const chunk of dispatcher.dispatchStream(ask({ maxOutputTokens: 5_000 }))) {
        expect(chunk.type).toBe('text');
        break;
      }
      await expect.poll(() => server.bill.rows[0]?.outcome).toBe('left_by_caller');
      const standing = await ledger.standing('ws_a');
      // Nothing is left to find out: whoever left did not want to know.
      expect(standing).toMatchObject({ reservedMicroUsd: 0, uncertainMicroUsd: 0 });
      expect(standing.spentMicroUsd).toBeGreaterThanOrEqual(server.bill.totalMicroUsd());
      expect(await createCosts(db).list('ws_a')).toMatchObject([{ estimated: true, errorCode: 'cancelled' }]);
    });

    test('is told what is wrong with a request before anything is reserved', async () => {
      const dispatcher = dispatcherWith();
      expect((await failureOf(dispatcher.dispatch(ask({ maxOutputTokens: 0 })))).message).toContain(
        'maxOutputTokens',
      );
      expect((await failureOf(dispatcher.dispatch(ask({ model: 'nobody/knows' })))).code).toBe(
        'price_unknown',
      );
      expect((await failureOf(dispatcher.dispatch(ask({ model: 'claude-sonnet-5-5' })))).message).toContain(
        'ANTHROPIC_API_KEY',
      );
      expect((await failureOf(dispatcher.dispatch(ask({ model: 'fast' })))).code).toBe('model_unknown');
      expect(server.calls).toHaveLength(0);
    });
  });

  describe('the budget', () => {
    test('refuses a call whose worst case does not fit, and makes none', async () => {
      const error = await failureOf(dispatcherWith({}, 100).dispatch(ask()));
      expect(error.code).toBe('budget_exceeded');
      expect(Object.keys(error.details)).toEqual([
        'level',
        'subject',
        'period',
        'spent_usd',
        'uncertain_usd',
        'reserved_usd',
        'cap_usd',
        'needed_usd',
      ]);
      expect(server.calls).toHaveLength(0);
    });

    test('holds under many calls at once with failures, cuts and cancels; the bill never exceeds what is charged', async () => {
      const random = seededRandom(7);
      answer = () => ({ text: 'word '.repeat(Math.ceil(random.next() * 60)) });
      server.faults.rule(() => {
        const fate = random.next();
        if (fate < 0.1) return { kind: 'status', status: 503 };
        if (fate < 0.2) return { kind: 'status', status: 500 };
        if (fate < 0.3) return { kind: 'cut', afterFrames: Math.floor(random.next() * 6) };
        if (fate < 0.4) return { kind: 'usage', told: 'none' };
        return undefined;
      });
      const cap = 40_000;
      const dispatcher = dispatcherWith({ retriesMax: 1 }, cap);
      const call = async (streamed: boolean, leave: boolean): Promise<void> => {
        const abort = new AbortController();
        const request = ask({ signal: abort.signal });
        const work = streamed ? readStream(dispatcher, request) : dispatcher.dispatch(request);
        if (leave) abort.abort();
        await work.catch((error: unknown) => {
          if (!isRaptorFlowError(error)) throw error;
        });
      };
      const calls = Array.from({ length: 60 }, () => call(random.next() < 0.5, random.next() < 0.1));
      await Promise.all(calls);
      const standing = await ledger.standing('ws_a');
      expect(standing.reservedMicroUsd).toBe(0);
      expect(charged(standing)).toBeLessThanOrEqual(cap);
      expect(charged(standing)).toBeGreaterThan(0);
      expect(server.bill.totalMicroUsd()).toBeLessThanOrEqual(charged(standing));
      expect((await createCosts(db).total('ws_a')).costMicroUsd).toBe(charged(standing));
    });
  });
}
