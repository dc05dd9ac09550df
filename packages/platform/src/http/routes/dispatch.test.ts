import { createModelServer, type ModelServer, type ServerAnswer } from '@raptorflow/rig';
import { createDispatcher, createModelCatalog, createPrices } from '@raptorflow/runtime';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { registerDispatchRoutes } from './dispatch.ts';

const rates = { input: 1_000_000, cachedInput: 100_000, cacheWrite: 1_000_000, output: 5_000_000 };
const url = '/api/v1/dispatch';
const ask = {
  model: 'openai:rig-model',
  messages: [{ role: 'user', content: 'Hello' }],
  max_output_tokens: 50,
};

let world: RouteWorld;
let server: ModelServer;
let answer: ServerAnswer = { text: 'A short answer.' };

beforeAll(async () => {
  server = createModelServer({ prices: { 'rig-model': rates }, answer: () => answer });
  await server.start();
  world = await openRouteWorld({ clock: createFakeClock(Date.UTC(2026, 10, 28, 12)) });
  const period = { from: '2026-01-01', ...rates, thinking: rates.output };
  registerDispatchRoutes(world.app, {
    ...world.guard,
    dispatcher: createDispatcher(
      { retriesMax: 0 },
      {
        models: createModelCatalog({ openai: { apiKey: 'key', baseUrl: `${server.url}/v1` } }),
        prices: createPrices({
          file: 'prices.json',
          content: { models: [{ models: ['rig-model'], periods: [period] }] },
        }),
        ledger: world.ledger,
      },
    ),
    agents: world.agents,
    campaigns: world.society.campaigns,
  });
});

afterAll(async () => {
  await world.stop();
  await server.stop();
});

afterEach(() => {
  answer = { text: 'A short answer.' };
  server.faults.clear();
});

const eventsOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.replace(/^data: /, '')) as Record<string, unknown>);

describe('a call', () => {
  test('answers with its usage and what the provider bills for it', async () => {
    const { status, body } = await world.send('member', 'POST', url, ask);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      text: 'A short answer.',
      model: 'rig-model',
      provider: 'openai',
      finish_reason: 'stop',
      cost_estimated: false,
      offline: false,
      fell_back_from: [],
      shrunk_to_output_tokens: null,
      usage: { reasoning_tokens: 0 },
    });
    const billed = server.bill.ofCall(`${body.call_id}.1`)[0]?.costMicroUsd ?? 0;
    expect(body.cost_usd).toBe((billed / 1_000_000).toFixed(6));
  });

  test('streams, and ends with the result', async () => {
    const { headers, text } = await world.send('member', 'POST', url, { ...ask, stream: true });
    expect(headers['content-type']).toContain('text/event-stream');
    const events = eventsOf(text);
    const said = events.map((event) => (event['type'] === 'text' ? String(event['text']) : '')).join('');
    expect(said).toBe('A short answer.');
    expect(events.at(-1)).toMatchObject({ type: 'finish', result: { text: 'A short answer.' } });
  });

  test('tells inside the stream that it broke', async () => {
    answer = { text: 'A text of which only a part arrives.' };
    server.faults.add({ kind: 'cut', afterFrames: 2 });
    const { status, text } = await world.send('member', 'POST', url, { ...ask, stream: true });
    expect(status).toBe(200);
    expect(eventsOf(text).at(-1)).toMatchObject({ type: 'error', error: { code: 'model_unavailable' } });
  });

  test('passes tools on, and images, and takes the tool’s answer back', async () => {
    answer = { text: '', toolCalls: [{ name: 'look_up', input: { q: 'rain' } }] };
    const tools = [
      { name: 'look_up', input_schema: { type: 'object', properties: { q: { type: 'string' } } } },
    ];
    const first = await world.send('member', 'POST', url, { ...ask, tools, tool_choice: 'required' });
    const [call] = first.body.tool_calls;
    expect(call).toMatchObject({ name: 'look_up', input: { q: 'rain' } });
    answer = { text: 'It rains.' };
    const second = await world.send('member', 'POST', url, {
      ...ask,
      tools,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image', media_type: 'image/png', data: 'AAAA' },
          ],
        },
        { role: 'assistant', content: '', tool_calls: [call] },
        { role: 'tool', tool_call_id: call.id, tool_name: 'look_up', content: 'wet' },
      ],
    });
    expect(second.body.text).toBe('It rains.');
    expect(server.calls.at(-1)).toMatchObject({ images: 1, toolNames: ['look_up'] });
  });

  test('is charged to the agent, its guild, the campaign and the budget that it names', async () => {
    const [agent] = await world.agents.list(home, { guild: 'research' });
    const { status } = await world.send('member', 'POST', url, {
      ...ask,
      agent_id: agent?.id,
      budget_id: 'bud_1',
    });
    expect(status).toBe(200);
    const [line] = await world.costs.list(home, {}, 1);
    expect(line).toMatchObject({ agentId: agent?.id });
  });

  test('that is refused says why, before anything is sent', async () => {
    const before = server.calls.length;
    for (const [role, body, status, code] of [
      ['viewer', ask, 403, 'forbidden'],
      ['member', { ...ask, agent_id: 'agt_of_nobody' }, 404, 'not_found'],
      ['member', { ...ask, campaign_id: 'cmp_of_nobody' }, 404, 'not_found'],
      ['member', { ...ask, model: 'unpriced' }, 422, 'price_unknown'],
      ['member', { ...ask, max_output_tokens: 64_000, fallbacks: ['claude-sonnet-5-5'] }, 422, null],
      ['member', { ...ask, messages: [] }, 422, null],
      ['member', { ...ask, nonsense: 1 }, 422, null],
    ] as const) {
      const answered = await world.send(role, 'POST', url, body);
      expect(answered.body.error.message).not.toBe('');
      if (code !== null) expect([answered.status, answered.body.error.code]).toEqual([status, code]);
      else expect(answered.status).toBeGreaterThanOrEqual(400);
    }
    expect(server.calls.length).toBe(before);
  });
});
