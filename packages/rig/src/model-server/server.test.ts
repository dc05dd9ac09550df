import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createModelServer, type ModelServer } from './server.ts';

const prices = {
  'gemini-x': { input: 2_000_000, cachedInput: 200_000, cacheWrite: 2_000_000, output: 8_000_000 },
};
const gemini = '/v1/projects/p/locations/us-central1/publishers/google/models/gemini-x';
const prompt = { contents: [{ role: 'user', parts: [{ text: 'abcdefgh' }] }] };

let server: ModelServer;

beforeEach(async () => {
  server = createModelServer({ prices, answer: () => ({ text: 'twelve bytes' }) });
  await server.start();
});

afterEach(async () => {
  await server.stop();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: 'Bearer t', ...headers },
  });

describe('the model server', () => {
  test('bills input and output at its own prices, and can be asked about a call', async () => {
    await post(`${gemini}:generateContent`, prompt, { 'x-raptorflow-call-id': 'call_1.1' });
    // 2 tokens in at 2 micro-USD, 3 out at 8.
    expect(server.bill.totalMicroUsd()).toBe(28);
    const asked: unknown = await (await fetch(`${server.url}/rig/calls/call_1.1`)).json();
    expect(asked).toMatchObject({ rows: [{ callId: 'call_1.1', outcome: 'answered', costMicroUsd: 28 }] });
  });

  test('counts tokens as it bills them', async () => {
    const counted: unknown = await (await post(`${gemini}:countTokens`, prompt)).json();
    expect(counted).toMatchObject({ totalTokens: 2 });
    expect(server.bill.rows).toHaveLength(0);
  });

  test('streams events when asked to, and an array of JSON otherwise, as Vertex AI does', async () => {
    const events = await (await post(`${gemini}:streamGenerateContent?alt=sse`, prompt)).text();
    expect(events).toMatch(/^data: \{.*\}\n\n$/);
    const array: unknown = await (await post(`${gemini}:streamGenerateContent`, prompt)).json();
    expect(array).toMatchObject([
      { candidates: [{ finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 2 } },
    ]);
  });

  test('speaks Claude with cumulative usage in the stream', async () => {
    const body = {
      model: 'claude-x',
      max_tokens: 50,
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    };
    const events = await (await post('/v1/messages', body)).text();
    expect([...events.matchAll(/^event: (.+)$/gm)].map((match) => match[1])).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events).toContain('"usage":{"input_tokens":1,');
  });

  test('tells OpenAI usage in a stream only when asked, and always ends with [DONE]', async () => {
    const body = { model: 'gpt-x', stream: true, messages: [{ role: 'user', content: 'hi' }] };
    const without = await (await post('/v1/chat/completions', body)).text();
    const asked = { ...body, stream_options: { include_usage: true } };
    const withUsage = await (await post('/v1/chat/completions', asked)).text();
    expect(without).not.toContain('prompt_tokens');
    expect(withUsage).toContain('"prompt_tokens":1');
    for (const text of [without, withUsage]) expect(text).toMatch(/data: \[DONE\]\n\n$/);
  });

  test.each([
    ['/v1/messages', { messages: [] }, 400, 'max_tokens: Field required'],
    ['/v1/chat/completions', { messages: [] }, 400, 'model parameter'],
    [`${gemini}:generateContent`, {}, 400, 'contents is required'],
    ['/v1/chat/completions', '{', 400, 'not JSON'],
    ['/v1/nothing', {}, 404, 'No route'],
  ])('refuses %s with what is wrong', async (path, body, status, message) => {
    const response = await post(path, body);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(message);
    expect(server.calls).toHaveLength(0);
  });

  test('wants credentials', async () => {
    const response = await fetch(`${server.url}${gemini}:generateContent`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(401);
  });

  test('bills a stream that is cut for what it had generated', async () => {
    server.faults.add({ kind: 'cut', afterFrames: 2 });
    const body = { model: 'gemini-x', stream: true, messages: [{ role: 'user', content: 'abcdefgh' }] };
    await post('/v1/chat/completions', body)
      .then(
        (response) => response.text(),
        () => '',
      )
      .catch(() => '');
    // 2 tokens in; the second frame holds the one chunk of 3 tokens.
    expect(server.bill.rows).toMatchObject([
      { outcome: 'cut', usage: { input: 2, output: 3 }, costMicroUsd: 28 },
    ]);
  });

  test('uses a scripted fault once, for the first call that it fits', async () => {
    server.faults.add({ kind: 'status', status: 503 }, (call) => call.prompt.includes('second'));
    const ask = (text: string): Promise<Response> =>
      post('/v1/chat/completions', { model: 'gpt-x', messages: [{ role: 'user', content: text }] });
    expect((await ask('first')).status).toBe(200);
    expect((await ask('second')).status).toBe(503);
    expect((await ask('second')).status).toBe(200);
    expect(server.bill.rows.map((row) => row.outcome)).toEqual(['answered', 'rejected', 'answered']);
  });
});
