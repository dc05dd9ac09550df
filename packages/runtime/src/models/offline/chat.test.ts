import { describe, expect, test } from 'vitest';
import { answerChat } from './chat.ts';
import { createTextEngine } from './engine.ts';
import { countTokens } from './tokens.ts';

const engine = createTextEngine();
const ask = (content: string, system = ''): ReturnType<typeof answerChat> =>
  answerChat(
    [
      { role: 'system', content: system },
      { role: 'user', content },
    ],
    { engine },
  );

describe('a chat with the offline model', () => {
  test('is answered with a sentence of the pasted text and marked', async () => {
    const answer = await ask(
      'The shop opens at 9:00. A ticket costs 12 euros. Dogs stay outside.\n\nHow much is a ticket?',
    );
    expect(answer.text).toBe('A ticket costs 12 euros. (offline model)');
    expect(answer.citations[0]).toMatchObject({ documentId: 'message-2', quote: 'A ticket costs 12 euros.' });
  });

  test('finds the question before or behind the text, and text in the system message', async () => {
    expect((await ask('How long does it run?', 'The pump runs for 6 hours. It weighs 4 kg.')).text).toContain(
      '6 hours',
    );
    expect((await ask('How heavy is the pump?\n\nThe pump weighs 4 kg. It is red.')).text).toContain('4 kg');
  });

  test('says plainly that it has nothing to work from', async () => {
    const answer = await ask('What is the capital of France?');
    expect(answer).toMatchObject({ answered: false, citations: [], model: 'offline' });
    expect(answer.text).toContain('offline model');
    expect(answer.text).not.toContain('Paris');
  });

  test('says plainly that the text does not answer', async () => {
    const answer = await ask('The pump weighs 4 kg.\n\nWho designed the gearbox?');
    expect(answer.answered).toBe(false);
    expect(answer.text).toContain('does not answer');
    expect(answer.text).toContain('gearbox');
  });

  test('takes the result of a tool as evidence and names the message it stands in', async () => {
    const answer = await answerChat(
      [
        { role: 'user', content: 'How long does the pump run?' },
        { role: 'assistant', content: 'I look it up. The pump runs for 90 hours.' },
        { role: 'tool', content: '<html><body><p>The pump runs for <b>6</b> hours.</p></body></html>' },
      ],
      { engine },
    );
    expect(answer.text).toBe('The pump runs for 6 hours. (offline model)');
    expect(answer.citations[0]).toMatchObject({
      documentId: 'message-3',
      quote: 'The pump runs for <b>6</b> hours.',
    });
  });

  test('summarises with the weightiest sentences of the text', async () => {
    const answer = await ask(
      'Summarize this:\n\nOrvale was founded in 1999. It has 40 employees. Its pump costs 300 dollars. The sky was grey.',
    );
    expect(answer.answered).toBe(true);
    expect(answer.text).toContain('300 dollars');
    expect(answer.text).not.toContain('sky');
  });

  test('counts the same tokens for the same text', async () => {
    expect(countTokens('')).toBe(0);
    expect(countTokens('A short line, 2026.')).toBe(7);
    const [one, two] = await Promise.all([ask('Hello there'), ask('Hello there')]);
    expect(one).toEqual(two);
    expect(one.usage.inputTokens).toBe(2);
  });
});
