import { describe, expect, test } from 'vitest';
import type { ModelChunk, ModelRequest } from '../model.ts';
import { createOfflineProvider } from './offline.ts';

const source = {
  documentId: 'doc_1',
  title: 'Prices',
  mediaType: 'text/markdown' as const,
  text: '# Prices\n\nThe Team plan of Brook costs $12 per user per month. The Free plan allows three projects.\n',
};

const ask = (more: Partial<ModelRequest>): ModelRequest => ({
  modelId: 'offline',
  messages: [{ role: 'user', content: 'How much is the Team plan?' }],
  maxOutputTokens: 100,
  ...more,
});

describe('the offline model', () => {
  test('answers a task with its result as JSON, quoted from the sources', async () => {
    const answer = await createOfflineProvider().generate(
      ask({ task: { kind: 'find_facts', input: { subjects: [{ name: 'Brook' }] } }, sources: [source] }),
    );
    const result: unknown = JSON.parse(answer.text);
    expect(result).toMatchObject({ task: 'find_facts', model: 'offline', costMicroUsd: 0 });
    expect(answer.text).toContain('$12');
    expect(answer.modelId).toBe('offline');
    expect(answer.usage?.inputTokens).toBeGreaterThan(0);
  });

  test('answers a chat from its sources, the same way every time, and marks it', async () => {
    const provider = createOfflineProvider();
    const first = await provider.generate(ask({ sources: [source] }));
    expect(first.text).toContain('$12');
    expect(first.text).toContain('(offline model)');
    expect(await provider.generate(ask({ sources: [source] }))).toEqual(first);
  });

  test('answers from what a tool gave, and not from what the assistant said', async () => {
    const provider = createOfflineProvider();
    const messages: ModelRequest['messages'] = [
      { role: 'user', content: 'How much is the Team plan?' },
      {
        role: 'assistant',
        content: 'The Team plan costs $99.',
        toolCalls: [{ id: 'call_1', name: 'read_file', input: { path: 'prices.md' } }],
      },
      { role: 'tool', toolCallId: 'call_1', toolName: 'read_file', content: source.text },
    ];
    const answer = await provider.generate(ask({ messages }));
    expect(answer.text).toContain('$12');
    expect(answer.text).not.toContain('$99');
    const without = await provider.generate(ask({ messages: messages.slice(0, 2) }));
    expect(without.text).not.toContain('$99');
  });

  test('streams the same text and ends with the answer', async () => {
    const chunks: ModelChunk[] = [];
    for await (const chunk of createOfflineProvider().stream(ask({ sources: [source] }))) chunks.push(chunk);
    const text = chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
    const last = chunks.at(-1);
    expect(last?.type === 'finish' && last.answer.text).toBe(text);
  });

  test('refuses a task that it does not know or whose input is wrong', async () => {
    const provider = createOfflineProvider();
    await expect(provider.generate(ask({ task: { kind: 'write_poem', input: {} } }))).rejects.toMatchObject({
      code: 'invalid_input',
    });
    await expect(
      provider.generate(ask({ task: { kind: 'find_claims', input: { topics: [] } } })),
    ).rejects.toThrow(/find_claims.*topics/);
  });

  test('tells a bug of its engine as one, and not as an outage that might pass', async () => {
    const room = await import('../offline/index.ts');
    const broken = createOfflineProvider(async () => ({
      ...room,
      answerChat: () => Promise.reject(new TypeError('a bug')),
    }));
    await expect(broken.generate(ask({}))).rejects.toMatchObject({ code: 'internal', retryable: false });
  });

  test('stops when its signal has fired', async () => {
    const signal = AbortSignal.abort();
    await expect(createOfflineProvider().generate(ask({}), { signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
