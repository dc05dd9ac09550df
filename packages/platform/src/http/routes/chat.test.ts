import type { Dispatcher, DispatchRequest, DispatchResult } from '@raptorflow/runtime';
import { createIds, RaptorFlowError, silentLogger, systemClock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { registerChatRoutes } from './chat.ts';
import { noTrail } from '../testing/no-trail.ts';

const result: DispatchResult = {
  callId: 'call_1',
  text: 'Kilnwatch Cloud costs $29. (offline model)',
  toolCalls: [],
  finishReason: 'stop',
  model: 'offline',
  provider: 'offline',
  usage: { inputTokens: 12, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 9, reasoningTokens: 0 },
  rawUsage: null,
  costMicroUsd: 0,
  costEstimated: false,
  cached: false,
  fellBackFrom: [],
  shrunkToOutputTokens: null,
  offline: true,
  latencyMs: 1,
};

let asked: DispatchRequest[] = [];
let outcome: () => DispatchResult = () => result;
const dispatcher: Pick<Dispatcher, 'dispatch' | 'dispatchStream'> = {
  dispatch: async (request) => {
    asked.push(request);
    return outcome();
  },
  async *dispatchStream(request) {
    asked.push(request);
    const final = outcome();
    yield { type: 'text', text: 'Kilnwatch ' };
    yield { type: 'text', text: 'Cloud' };
    for (const toolCall of final.toolCalls) yield { type: 'tool-call', toolCall };
    if (final.finishReason === 'error')
      throw new RaptorFlowError('unavailable', 'The provider cut the stream.');
    yield { type: 'finish', result: final };
  },
};

let app: FastifyInstance;
let openai: OpenAI;
beforeAll(async () => {
  app = await createApp(
    { version: '0', secure: false, corsOrigins: [], trustProxy: false },
    { ids: createIds(), log: silentLogger },
  );
  const caller = { userId: 'usr_1', name: 'Ada', operator: false, expiresAtMs: 1e15, tokenId: 'tok_1' };
  registerChatRoutes(app, {
    dispatcher: dispatcher as Dispatcher,
    clock: systemClock,
    newId: (prefix) => `${prefix}-1`,
    modelSettings: {
      list: async () => [
        {
          alias: 'standard',
          setting: null,
          installed: 'offline',
          lead: { callable: true, provider: 'offline', modelId: 'offline' },
          fallbacks: [],
        },
      ],
      callableModels: () => [],
    },
    allowedOrigins: [],
    audit: noTrail,
    gatekeeper: {
      identify: async () => caller,
      admit: async () => ({ caller, entrance: { workspaceId: 'wsp_1', role: 'member' } }),
    },
  });
  const baseURL = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1`;
  openai = new OpenAI({ baseURL, apiKey: 'token', maxRetries: 0 });
});
afterAll(() => app.close());
beforeEach(() => {
  asked = [];
  outcome = () => result;
});

describe('the OpenAI-compatible door, with the official client', () => {
  it('answers a chat and marks an offline answer', async () => {
    const { data, response } = await openai.chat.completions
      .create({
        model: 'standard',
        messages: [
          { role: 'developer', content: 'Be short.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'How much?' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
            ],
          },
        ],
        max_completion_tokens: 50,
        stop: 'END',
      })
      .withResponse();
    expect(data.choices[0]).toMatchObject({ message: { content: result.text }, finish_reason: 'stop' });
    expect(data.usage).toEqual({
      prompt_tokens: 12,
      completion_tokens: 9,
      total_tokens: 21,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    });
    expect(response.headers.get('x-raptorflow-offline-model')).toBe('true');
    expect(asked[0]).toMatchObject({
      workspaceId: 'wsp_1',
      model: 'standard',
      maxOutputTokens: 50,
      stopSequences: ['END'],
      messages: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'How much?' },
            { type: 'image', mediaType: 'image/png', data: 'aGk=' },
          ],
        },
      ],
    });
  });

  it('passes tools there and back', async () => {
    const toolCalls = [{ id: 'c1', name: 'lookup', input: { plan: 'team' } }];
    outcome = () => ({ ...result, text: '', toolCalls, finishReason: 'tool-calls' });
    const answer = await openai.chat.completions.create({
      model: 'standard',
      messages: [
        { role: 'user', content: 'Look.' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c0', type: 'function', function: { name: 'lookup', arguments: '{"plan":"solo"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c0', content: '9' },
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'lookup',
            parameters: { type: 'object', properties: { plan: { type: 'string' } } },
          },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'lookup' } },
    });
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [{ id: 'c1', function: { name: 'lookup', arguments: '{"plan":"team"}' } }],
      },
    });
    expect(asked[0]?.messages[2]).toEqual({
      role: 'tool',
      toolCallId: 'c0',
      toolName: 'lookup',
      content: '9',
    });
    expect(asked[0]).toMatchObject({ toolChoice: { tool: 'lookup' }, tools: [{ name: 'lookup' }] });
  });

  it('streams text, tool calls and usage', async () => {
    outcome = () => ({ ...result, toolCalls: [{ id: 'c1', name: 'lookup', input: {} }] });
    const stream = await openai.chat.completions.create({
      model: 'standard',
      messages: [{ role: 'user', content: 'Go.' }],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: unknown;
    const finishes: unknown[] = [];
    const tools: unknown[] = [];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      tools.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
      if (chunk.choices[0]?.finish_reason) finishes.push(chunk.choices[0].finish_reason);
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe('Kilnwatch Cloud');
    expect(finishes).toEqual(['stop']);
    expect(tools).toHaveLength(1);
    expect(usage).toMatchObject({ total_tokens: 21 });
  });

  it('refuses before a stream begins with a status, and tells a failure inside one as an error', async () => {
    const stream = {
      model: 'standard',
      messages: [{ role: 'user' as const, content: 'Go.' }],
      stream: true as const,
    };
    outcome = () => {
      throw new RaptorFlowError('timeout', 'Too late.');
    };
    await expect(openai.chat.completions.create(stream)).rejects.toMatchObject({ status: 504 });
    outcome = () => ({ ...result, finishReason: 'error' });
    const cut = await openai.chat.completions.create(stream);
    const read = async (): Promise<void> => {
      for await (const chunk of cut) void chunk;
    };
    await expect(read()).rejects.toThrow('cut the stream');
  });

  it('lists what can be called, and refuses an image that it would have to fetch', async () => {
    const models = await openai.models.list();
    expect(models.data.map((model) => model.id)).toEqual(['standard']);
    const fetching = openai.chat.completions.create({
      model: 'standard',
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://10.0.0.1/x.png' } }] },
      ],
    });
    await expect(fetching).rejects.toMatchObject({ status: 422 });
  });
});
