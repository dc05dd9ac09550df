import { createModelServer, type ModelServer } from '@raptorflow/rig';
import { isRaptorFlowError, type RaptorFlowError } from 'raptorflow/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { provablyUnbilled } from '../failure.ts';
import type { ModelAnswer, ModelChunk, ModelProvider, ModelRequest } from '../model.ts';
import { createAnthropicProvider } from './anthropic.ts';
import { createOpenAiProvider } from './openai-compatible.ts';
import { createVertexProvider } from './vertex.ts';

let server: ModelServer;
let answer: Parameters<typeof createModelServer>[0] = {};

beforeEach(async () => {
  answer = {};
  server = createModelServer({
    answer: (call) => answer?.answer?.(call) ?? { text: `Heard: ${call.prompt}` },
  });
  await server.start();
});

afterEach(async () => {
  await server.stop();
});

const vertex = (): ModelProvider =>
  createVertexProvider({
    project: 'p',
    location: 'us-central1',
    accessToken: async () => 'token',
    baseUrl: `${server.url}/v1/projects/p/locations/us-central1`,
  });

/** Every provider with a model of its own, over the wire format that it really speaks. */
const variants: readonly { name: string; modelId: string; wire: string; make: () => ModelProvider }[] = [
  { name: 'Gemini on Vertex AI', modelId: 'gemini-3.8-flash', wire: 'gemini', make: vertex },
  { name: 'Claude on Vertex AI', modelId: 'claude-sonnet-4-6', wire: 'claude', make: vertex },
  {
    name: 'Claude at Anthropic',
    modelId: 'claude-sonnet-5-5',
    wire: 'claude',
    make: () => createAnthropicProvider({ apiKey: 'key', baseUrl: `${server.url}/v1` }),
  },
  {
    name: 'an OpenAI-compatible server',
    modelId: 'local-model',
    wire: 'openai',
    make: () => createOpenAiProvider({ apiKey: 'key', baseUrl: `${server.url}/v1` }),
  },
];

const ask = (modelId: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  modelId,
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello, wörld' },
  ],
  maxOutputTokens: 200,
  ...more,
});

async function collect(
  chunks: AsyncIterable<ModelChunk>,
): Promise<{ text: string; answer: ModelAnswer | undefined }> {
  let text = '';
  let found: ModelAnswer | undefined;
  for await (const chunk of chunks) {
    if (chunk.type === 'text') text += chunk.text;
    if (chunk.type === 'finish') found = chunk.answer;
  }
  return { text, answer: found };
}

async function failureOf(work: Promise<unknown>): Promise<RaptorFlowError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isRaptorFlowError(error)) throw new Error(`expected a failure of ours, got ${String(error)}`);
  return error;
}

describe.each(variants)('$name', ({ modelId, wire, make }) => {
  test('answers with text and the usage that the server billed', async () => {
    const result = await make().generate(ask(modelId), { callId: 'call_1' });
    const row = server.bill.ofCall('call_1')[0];
    expect(result.text).toBe('Heard: Be brief.\nHello, wörld');
    expect(result.finishReason).toBe('stop');
    expect(row?.wire).toBe(wire);
    expect(row?.model).toBe(modelId);
    expect(result.usage?.inputTokens).toBe(row?.usage.input);
    expect(result.usage?.outputTokens).toBe(row?.usage.output);
    expect(result.rawUsage).not.toBeNull();
    expect(server.calls[0]?.outputTokensMax).toBe(200);
  });

  test('streams the same text in pieces and ends with the usage', async () => {
    const result = await collect(make().stream(ask(modelId), { callId: 'call_1' }));
    const row = server.bill.ofCall('call_1')[0];
    expect(result.text).toBe('Heard: Be brief.\nHello, wörld');
    expect(result.answer?.text).toBe(result.text);
    expect(result.answer?.usage?.inputTokens).toBe(row?.usage.input);
    expect(result.answer?.usage?.outputTokens).toBe(row?.usage.output);
    expect(row?.outcome).toBe('answered');
  });

  test.each([false, true])('counts cached and thinking tokens as billed (streamed: %s)', async (streamed) => {
    answer = { answer: () => ({ text: 'Fine.', thinkingTokens: 40, cachedInputTokens: 3 }) };
    const provider = make();
    const usage = streamed
      ? (await collect(provider.stream(ask(modelId)))).answer?.usage
      : (await provider.generate(ask(modelId))).usage;
    const billed = server.bill.rows[0]?.usage;
    expect(usage).toMatchObject({
      inputTokens: billed?.input,
      cachedInputTokens: 3,
      outputTokens: billed?.output,
      reasoningTokens: 40,
    });
  });

  test.each([false, true])('asks for a tool and takes its result back (streamed: %s)', async (streamed) => {
    answer = {
      answer: (call) =>
        call.prompt.includes('12 degrees')
          ? { text: 'It is 12 degrees.' }
          : { text: '', toolCalls: [{ name: 'weather', input: { city: 'Kraków' } }] },
    };
    const provider = make();
    const tools = [
      {
        name: 'weather',
        description: 'Tells the weather.',
        inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    ];
    const request = ask(modelId, { tools });
    const first = streamed
      ? (await collect(provider.stream(request))).answer
      : await provider.generate(request);
    expect(first?.finishReason).toBe('tool-calls');
    expect(first?.toolCalls).toMatchObject([{ name: 'weather', input: { city: 'Kraków' } }]);
    expect(server.calls[0]?.toolNames).toEqual(['weather']);
    const call = first?.toolCalls[0];
    const second = await provider.generate(
      ask(modelId, {
        tools,
        messages: [
          { role: 'user', content: 'Weather?' },
          { role: 'assistant', content: '', toolCalls: call === undefined ? [] : [call] },
          { role: 'tool', toolCallId: call?.id ?? '', toolName: 'weather', content: '12 degrees' },
        ],
      }),
    );
    expect(second.text).toBe('It is 12 degrees.');
  });

  test('stops at the maximum output and says so', async () => {
    answer = { answer: () => ({ text: 'a'.repeat(4_000) }) };
    const result = await make().generate(ask(modelId, { maxOutputTokens: 20 }));
    expect(result.finishReason).toBe('length');
    expect(result.usage?.outputTokens).toBeLessThanOrEqual(20);
  });

  test('puts sources into the prompt under their ids, and images beside the text', async () => {
    await make().generate(
      ask(modelId, {
        sources: [
          { documentId: 'doc_7', title: 'Prices', mediaType: 'text/plain', text: 'The plan costs $12.' },
        ],
        task: { kind: 'find_facts', input: {} },
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image', mediaType: 'image/png', data: 'iVBORw0KGgo=' },
            ],
          },
        ],
      }),
    );
    const call = server.calls[0];
    expect(call?.prompt).toContain('<document id="doc_7" title="Prices">\nThe plan costs $12.');
    expect(call?.prompt).not.toContain('find_facts');
    expect(call?.images).toBe(1);
  });

  test('tells throttling with the time to wait', async () => {
    server.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 7 });
    const error = await failureOf(make().generate(ask(modelId)));
    expect(error.code).toBe('model_throttled');
    expect(error.retryAfterMs).toBe(7_000);
    expect(provablyUnbilled(error)).toBe(true);
    expect(server.calls).toHaveLength(1);
  });

  test.each([
    [500, 'model_unavailable', true, false],
    [503, 'model_unavailable', true, true],
    [400, 'model_refused', false, true],
    [404, 'model_refused', false, true],
  ] as const)('maps status %i to %s', async (status, code, retryable, unbilled) => {
    server.faults.add({ kind: 'status', status });
    const error = await failureOf(collect(make().stream(ask(modelId))));
    expect(error.code).toBe(code);
    expect(error.retryable).toBe(retryable);
    expect(provablyUnbilled(error)).toBe(unbilled);
    expect(server.calls).toHaveLength(1);
  });

  test.each([1, 2, 3])(
    'fails, possibly billed, when the stream is cut after frame %i',
    async (afterFrames) => {
      answer = {
        answer: () => ({ text: 'An answer long enough to come in many pieces, of which few arrive.' }),
      };
      server.faults.add({ kind: 'cut', afterFrames });
      const error = await failureOf(collect(make().stream(ask(modelId))));
      expect(error.code).toBe('model_unavailable');
      expect(error.retryable).toBe(true);
      expect(provablyUnbilled(error)).toBe(false);
    },
  );

  test('gives no usage when the server tells none in a stream', async () => {
    server.faults.add({ kind: 'usage', told: 'none' });
    const result = await collect(make().stream(ask(modelId)));
    const usage = result.answer?.usage;
    // Claude always has a usage object; the other two leave it out.
    expect(usage === null || usage?.outputTokens === 0).toBe(true);
  });

  test('ends a stalled call when its signal fires, and never sends a call that was cancelled before', async () => {
    server.faults.add({ kind: 'stall' });
    const provider = make();
    const abort = new AbortController();
    const pending = failureOf(provider.generate(ask(modelId), { signal: abort.signal }));
    await expect.poll(() => server.calls.length).toBe(1);
    abort.abort();
    const error = await pending;
    expect(error.code).toBe('cancelled');
    expect(provablyUnbilled(error)).toBe(false);
    const early = await failureOf(provider.generate(ask(modelId), { signal: abort.signal }));
    expect(early.code).toBe('cancelled');
    expect(provablyUnbilled(early)).toBe(true);
    expect(server.calls).toHaveLength(1);
  });

  test('hangs up when the reader leaves a stream early', async () => {
    answer = { answer: () => ({ text: 'word '.repeat(4_000) }) };
    for await (const chunk of make().stream(ask(modelId, { maxOutputTokens: 30_000 }))) {
      expect(chunk.type).toBe('text');
      break;
    }
    await expect.poll(() => server.bill.rows[0]?.outcome).toBe('left_by_caller');
  });

  test('knows that nothing left when there is nobody to connect to', async () => {
    const provider = make();
    await server.stop();
    const error = await failureOf(provider.generate(ask(modelId)));
    expect(error.code).toBe('model_unavailable');
    expect(provablyUnbilled(error)).toBe(true);
  });
});

test('asks for JSON by schema over every wire', async () => {
  answer = { answer: () => ({ text: '{"name":"Ada"}' }) };
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' } },
    required: ['name'],
    additionalProperties: false,
  };
  for (const { make, modelId } of variants) {
    const result = await make().generate(
      ask(modelId, { responseFormat: { type: 'json', name: 'person', schema } }),
    );
    expect(JSON.parse(result.text)).toEqual({ name: 'Ada' });
    expect(JSON.stringify(server.calls.at(-1)?.body)).toContain('"name":{"type":"string"}');
  }
});

test("renames the maximum for OpenAI's reasoning families and leaves sampling out", async () => {
  const provider = createOpenAiProvider({ apiKey: 'key', baseUrl: `${server.url}/v1` });
  await provider.generate(ask('gpt-6-luna', { temperature: 0.7 }));
  expect(server.calls[0]?.body).toMatchObject({ max_completion_tokens: 200 });
  expect(server.calls[0]?.body).not.toHaveProperty('temperature');
  await provider.generate(ask('llama', { temperature: 0.7 }));
  expect(server.calls[1]?.body).toMatchObject({ max_tokens: 200, temperature: 0.7 });
});
