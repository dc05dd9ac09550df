import { describe, expect, test } from 'vitest';
import { SharedLookups } from './shared-lookups.ts';

interface Look {
  readonly answer: (text: string) => void;
  readonly fail: (error: Error) => void;
}

function world() {
  const looks: Look[] = [];
  const lookups = new SharedLookups<string>();
  const find = (question: string): Promise<string> =>
    lookups.find(
      question,
      () => new Promise((resolve, reject) => looks.push({ answer: resolve, fail: reject })),
    );
  return { looks, find };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('shared look-ups', () => {
  test('whoever asks during one gets the answer of the next, which all of them share', async () => {
    const { looks, find } = world();
    const first = find('a');
    const [second, third] = [find('a'), find('a')];
    expect(looks).toHaveLength(1);
    looks[0]?.answer('old');
    expect(await first).toBe('old');
    await settled();
    expect(looks).toHaveLength(2);
    const fourth = find('a');
    looks[1]?.answer('new');
    expect(await Promise.all([second, third])).toEqual(['new', 'new']);
    await settled();
    expect(looks).toHaveLength(3);
    looks[2]?.answer('newest');
    expect(await fourth).toBe('newest');
  });

  test('a failure is told to those who share it, and the next one begins all the same', async () => {
    const { looks, find } = world();
    const first = find('a');
    const second = find('a');
    looks[0]?.fail(new TypeError('gone'));
    await expect(first).rejects.toThrow('gone');
    await settled();
    looks[1]?.answer('there');
    expect(await second).toBe('there');
  });

  test('different questions do not wait for each other, and an answered one is asked anew', async () => {
    const { looks, find } = world();
    const [first, other] = [find('a'), find('b')];
    expect(looks).toHaveLength(2);
    looks[1]?.answer('b');
    expect(await other).toBe('b');
    looks[0]?.answer('a');
    expect(await first).toBe('a');
    await settled();
    void find('a');
    expect(looks).toHaveLength(3);
  });
});
